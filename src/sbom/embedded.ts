// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isObject, type Json } from '../oci/json-fields.ts';
import { noAssertion, packageUrlReference, spdxId, type SpdxPackage } from './spdx.ts';

/** Where LinuxKit's systems and tskit's kernels have the document that describes them. */
export const embeddedSbom = 'sbom.spdx.json';

const purposes = ['OPERATING-SYSTEM', 'CONTAINER', 'LIBRARY', 'APPLICATION'] as const;
const algorithms = ['SHA1', 'SHA256'] as const;

/**
 * The packages of a document that an image brings (SPDX 2, JSON), under names of their own; `scope` tells those of several images apart.
 * An image may say anything: what is no such document has no packages, and fields that are none are left out.
 */
export function embeddedPackages(text: string, scope: string): readonly SpdxPackage[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isObject(document) || !/^SPDX-2\.\d+$/.test(String(document['spdxVersion']))) return [];
  const packages = Array.isArray(document['packages']) ? document['packages'].filter(isObject) : [];
  const made = packages.flatMap((one) => {
    const [id, name] = [stringOf(one, 'SPDXID'), stringOf(one, 'name')];
    return id === undefined || name === undefined ? [] : [packageOf(one, spdxId(scope, id), name)];
  });
  return [...new Map(made.map((one) => [one.SPDXID, one])).values()];
}

function packageOf(one: Json, id: string, name: string): SpdxPackage {
  const optional = (key: 'versionInfo' | 'supplier' | 'homepage' | 'sourceInfo' | 'summary' | 'comment'): object => {
    const value = stringOf(one, key);
    return value === undefined ? {} : { [key]: value };
  };
  const checksums = objectsIn(one, 'checksums').flatMap((sum) => {
    const algorithm = algorithms.find((known) => known === sum['algorithm']);
    const checksumValue = stringOf(sum, 'checksumValue');
    return algorithm === undefined || checksumValue === undefined ? [] : [{ algorithm, checksumValue }];
  });
  const urls = objectsIn(one, 'externalRefs')
    .filter((reference) => reference['referenceType'] === 'purl')
    .flatMap((reference) => stringOf(reference, 'referenceLocator') ?? []);
  const purpose = purposes.find((known) => known === one['primaryPackagePurpose']);
  return {
    SPDXID: id,
    name,
    ...optional('versionInfo'),
    ...optional('supplier'),
    downloadLocation: stringOf(one, 'downloadLocation') ?? noAssertion,
    filesAnalyzed: false,
    ...(checksums.length > 0 && { checksums }),
    ...optional('homepage'),
    ...optional('sourceInfo'),
    licenseConcluded: noAssertion,
    licenseDeclared: licenceOf(one),
    copyrightText: noAssertion,
    ...optional('summary'),
    ...optional('comment'),
    ...(urls.length > 0 && { externalRefs: urls.map(packageUrlReference) }),
    ...(purpose !== undefined && { primaryPackagePurpose: purpose }),
  };
}

/** A LicenseRef means something in its own document only. */
function licenceOf(one: Json): string {
  const licence = stringOf(one, 'licenseDeclared') ?? noAssertion;
  return licence.includes('LicenseRef-') ? noAssertion : licence;
}

function stringOf(one: Json, key: string): string | undefined {
  const value = one[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectsIn(one: Json, key: string): readonly Json[] {
  const value = one[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
