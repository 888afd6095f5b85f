// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { utcTime } from '../utc-time.ts';
import { version } from '../version.ts';

// The parts of SPDX 2.3 that are written here, in its JSON names (spdx.github.io/spdx-spec/v2.3).

export interface SpdxChecksum {
  readonly algorithm: 'SHA1' | 'SHA256';
  readonly checksumValue: string;
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly supplier?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly checksums?: readonly SpdxChecksum[];
  readonly homepage?: string;
  /** Which source package it was built from. */
  readonly sourceInfo?: string;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly summary?: string;
  readonly comment?: string;
  readonly externalRefs?: readonly SpdxPackageUrl[];
  readonly primaryPackagePurpose?: 'OPERATING-SYSTEM' | 'CONTAINER' | 'LIBRARY' | 'APPLICATION' | 'SOURCE';
}

export interface SpdxPackageUrl {
  readonly referenceCategory: 'PACKAGE-MANAGER';
  readonly referenceType: 'purl';
  readonly referenceLocator: string;
}

export interface SpdxFile {
  readonly SPDXID: string;
  readonly fileName: string;
  readonly checksums: readonly SpdxChecksum[];
  readonly licenseConcluded: string;
  readonly copyrightText: string;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS' | 'GENERATED_FROM' | 'BUILD_TOOL_OF';
  readonly relatedSpdxElement: string;
}

export interface SpdxLicence {
  readonly licenseId: string;
  readonly name: string;
  readonly extractedText: string;
}

export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly files?: readonly SpdxFile[];
  readonly hasExtractedLicensingInfos?: readonly SpdxLicence[];
  readonly relationships: readonly SpdxRelationship[];
}

/** What a document says, without what makes it one. */
export interface DocumentContent {
  readonly name: string;
  /** SPDXID of the one package that the document is about. */
  readonly describes: string;
  readonly packages: readonly SpdxPackage[];
  readonly files: readonly SpdxFile[];
  readonly licences: readonly SpdxLicence[];
  readonly contains: readonly (readonly [whole: string, part: string])[];
}

/** The media type that registries and scanners know SPDX in JSON by. */
export const spdxMediaType = 'application/spdx+json';

/** Nothing is said of a licence or copyright. */
export const noAssertion = 'NOASSERTION';

/** What a package says beside its name where nothing is known of it. */
export const unsaid: Pick<
  SpdxPackage,
  'downloadLocation' | 'filesAnalyzed' | 'licenseConcluded' | 'licenseDeclared' | 'copyrightText'
> = {
  downloadLocation: noAssertion,
  filesAnalyzed: false,
  licenseConcluded: noAssertion,
  licenseDeclared: noAssertion,
  copyrightText: noAssertion,
};

/** How a package names its package URL (purl-spec). */
export function packageUrlReference(url: string): SpdxPackageUrl {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url };
}

/**
 * Makes a document whose namespace is derived from what it says, so that the same content is the same bytes and other content has
 * another namespace (SPDX 2.3, 6.5).
 * @param created seconds since 1970.
 */
export function makeDocument(content: DocumentContent, created: number): SpdxDocument {
  const relationships: SpdxRelationship[] = [
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: content.describes },
    ...content.contains.map(([whole, part]) => ({
      spdxElementId: whole,
      relationshipType: 'CONTAINS' as const,
      relatedSpdxElement: part,
    })),
  ];
  const said = {
    packages: content.packages,
    ...(content.files.length > 0 && { files: content.files }),
    ...(content.licences.length > 0 && { hasExtractedLicensingInfos: content.licences }),
    relationships,
  };
  const creationInfo = {
    created: utcTime(created),
    creators: [`Tool: tskit-${version}`],
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([content.name, creationInfo, said]))
    .digest('hex');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: content.name,
    documentNamespace: `https://spdx.org/spdxdocs/${content.name.replaceAll(/[^A-Za-z0-9.]+/g, '-')}-${uuidOf(hash)}`,
    creationInfo,
    ...said,
  };
}

/** The document as a file. */
export function formatDocument(document: SpdxDocument): string {
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/** An identifier made of words, in the characters that SPDX takes; different words give different ones. */
export function spdxId(...words: readonly string[]): string {
  const text = words.join('-');
  const clean = text.replaceAll(/[^A-Za-z0-9.-]+/g, '-');
  return `SPDXRef-${clean === text ? text : `${clean}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`}`;
}

/** RFC 9562, version 8: bits of our own choice. */
function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
