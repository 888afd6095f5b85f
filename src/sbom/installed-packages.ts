// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bytesOf } from '../file-tree.ts';
import { installedStanzas } from '../installed/packages.ts';
import type { ReadRoot } from '../installed/read-root.ts';
import { debianPackage, type Distribution, packageUrl } from './debian-package.ts';
import { noAssertion, packageUrlReference, type SpdxLicence, type SpdxPackage, spdxId } from './spdx.ts';

/** Packages of an image and the licences in them that SPDX has no name for. */
export interface DescribedPackages {
  readonly packages: readonly SpdxPackage[];
  readonly licences: readonly SpdxLicence[];
}

/** What a root's own package databases say is in it, dpkg's and apk's. */
export function describeInstalled(root: ReadRoot): DescribedPackages {
  const distribution = distributionOf(root);
  const described = installedStanzas(root).map(({ system, fields }) => {
    if (system === 'apk') return { package: apkPackage(fields, distribution ?? { id: 'alpine' }), licences: [] };
    const copyright = root.text(bytesOf(`usr/share/doc/${fields.get('package')}/copyright`));
    return debianPackage({ fields, ...(copyright !== undefined && { copyright }) }, distribution ?? { id: 'debian' });
  });
  return { packages: described.map((one) => one.package), licences: described.flatMap(({ licences }) => licences) };
}

/** os-release(5), where it is and where /etc leads to it. */
function distributionOf(root: ReadRoot): Distribution | undefined {
  const text = root.text(bytesOf('etc/os-release')) ?? root.text(bytesOf('usr/lib/os-release')) ?? '';
  const value = (key: string): string | undefined => new RegExp(`^${key}="?([^"\\n]+)"?$`, 'm').exec(text)?.[1];
  const id = value('ID');
  if (id === undefined) return undefined;
  const version = value('VERSION_ID');
  const release = value('VERSION_CODENAME') ?? (version === undefined ? undefined : `${id}-${version}`);
  return { id, ...(release !== undefined && { release }) };
}

/** apk-package(5) and its database's letters. */
function apkPackage(fields: ReadonlyMap<string, string>, distribution: Distribution): SpdxPackage {
  const field = (letter: string): string => fields.get(letter) ?? '';
  const [name, version, architecture] = [field('p'), field('v'), field('a')];
  const [, maintainer, mail] = /^([^<]+?)\s*<([^>]+)>$/.exec(field('m')) ?? [];
  const homepage = field('u');
  return {
    SPDXID: spdxId('Package', 'apk', name, version, architecture),
    name,
    versionInfo: version,
    ...(maintainer !== undefined && { supplier: `Organization: ${maintainer.replaceAll(/[()]/g, '')} (${mail})` }),
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...(/^https?:\/\/\S+$/.test(homepage) && { homepage }),
    sourceInfo: `built package from: ${field('o') === '' ? name : field('o')} ${version}`,
    licenseConcluded: noAssertion,
    licenseDeclared: isExpression(field('l')) ? field('l') : noAssertion,
    copyrightText: noAssertion,
    ...(field('t') !== '' && { summary: field('t') }),
    externalRefs: [packageUrlReference(packageUrl('apk', distribution, name, version, architecture))],
  };
}

/** Alpine writes SPDX's expressions, and sometimes a list of words; the names themselves are not checked. */
function isExpression(text: string): boolean {
  return /^\(*[A-Za-z0-9.+-]+\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/.test(text);
}
