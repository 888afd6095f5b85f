// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Stanza } from '../packages/control.ts';
import { declaredLicence } from './debian-licence.ts';
import { noAssertion, packageUrlReference, type SpdxLicence, type SpdxPackage, spdxId } from './spdx.ts';

/** A binary package of Debian as its control file, or a status file, has it. */
export interface DebianPackage {
  readonly fields: Stanza;
  /** Text of its copyright file. */
  readonly copyright?: string;
  /** Of the .deb, in hex. */
  readonly sha256?: string;
}

/** The distribution that packages are of: os-release's ID and VERSION_CODENAME or VERSION_ID. */
export interface Distribution {
  readonly id: string;
  readonly release?: string;
}

/** Describes a package, with the licences of its copyright file that SPDX has no name for. */
export function debianPackage(
  { fields, copyright, sha256 }: DebianPackage,
  distribution: Distribution,
): { readonly package: SpdxPackage; readonly licences: readonly SpdxLicence[] } {
  const field = (key: string): string => fields.get(key)?.split('\n')[0] ?? '';
  const [name, version, architecture] = [field('package'), field('version'), field('architecture')];
  const licence = copyright === undefined ? undefined : declaredLicence(copyright);
  const supplier = supplierOf(field('maintainer'));
  const homepage = field('homepage');
  return {
    package: {
      SPDXID: spdxId('Package', 'deb', name, version, architecture),
      name,
      versionInfo: version,
      ...(supplier !== undefined && { supplier }),
      downloadLocation: noAssertion,
      filesAnalyzed: false,
      ...(sha256 !== undefined && { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
      ...(/^https?:\/\/\S+$/.test(homepage) && { homepage }),
      sourceInfo: `built package from: ${sourceOf(field('source'), name, version)}`,
      licenseConcluded: noAssertion,
      licenseDeclared: licence?.expression ?? noAssertion,
      copyrightText: noAssertion,
      ...(field('description') !== '' && { summary: field('description') }),
      externalRefs: [packageUrlReference(packageUrl('deb', distribution, name, version, architecture))],
    },
    licences: licence?.extracted ?? [],
  };
}

/** A package URL (purl-spec, PURL-TYPES: deb, apk). */
export function packageUrl(
  type: 'deb' | 'apk',
  { id, release }: Distribution,
  name: string,
  version: string,
  architecture: string,
): string {
  const qualifiers = [
    ...(architecture === '' ? [] : [`arch=${architecture}`]),
    ...(release === undefined ? [] : [`distro=${release}`]),
  ];
  const query = qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`;
  const versionPart = encodeURIComponent(version).replaceAll('%3A', ':');
  return `pkg:${type}/${id}/${encodeURIComponent(name)}@${versionPart}${query}`;
}

/** "nginx 1.22.1-9": the source package and its version, which the control file leaves out where they are the package's own. */
function sourceOf(source: string, name: string, version: string): string {
  const [, sourceName = name, sourceVersion = version] = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(source) ?? [];
  return `${sourceName} ${sourceVersion}`;
}

/** "Name <mail>" in SPDX's words. */
function supplierOf(maintainer: string): string | undefined {
  const [, name, mail] = /^"?([^"<]+?)"?\s*<([^>]+)>$/.exec(maintainer) ?? [];
  return name === undefined ? undefined : `Organization: ${name.replaceAll(/[()]/g, '')} (${mail})`;
}
