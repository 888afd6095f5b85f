// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf } from '../file-tree.ts';
import type { ReadRoot } from './read-root.ts';

/** A package as the root's own database has it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly system: 'dpkg' | 'apk';
}

const dpkgStatus = bytesOf('var/lib/dpkg/status');
/** Where distroless images have one status file a package. */
const dpkgFolder = bytesOf('var/lib/dpkg/status.d/');
const apkDatabases = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'].map(bytesOf);

/**
 * What a root says is installed in it, by name: dpkg's status (Debian, Ubuntu, recipes), its status.d (distroless) and apk's
 * database (Alpine). Packages that were removed and left files are not installed.
 */
export function installedPackages(root: ReadRoot): ReadonlyMap<string, InstalledPackage> {
  const found = new Map<string, InstalledPackage>();
  for (const { system, fields } of installedStanzas(root)) {
    if (system === 'dpkg') addDpkg(found, fields);
    else {
      const [name = '', version = ''] = [fields.get('p'), fields.get('v')];
      found.set(name, { name, version, system });
    }
  }
  return found;
}

/** What a database says of one installed package: the first lines of its fields, by name in lower case (apk's letters likewise). */
export interface InstalledStanza {
  readonly system: InstalledPackage['system'];
  readonly fields: ReadonlyMap<string, string>;
}

/** The same packages with all that is said of them, in the order of the databases. */
export function installedStanzas(root: ReadRoot): readonly InstalledStanza[] {
  const dpkg = statusFiles(root).flatMap((path) => stanzas(root.text(path) ?? ''));
  const apk = apkDatabases.flatMap((path) => stanzas(root.text(path) ?? ''));
  return [
    ...dpkg.filter(isInstalled).map((fields) => ({ system: 'dpkg', fields }) as const),
    ...apk.filter((fields) => fields.has('p') && fields.has('v')).map((fields) => ({ system: 'apk', fields }) as const),
  ];
}

function statusFiles(root: ReadRoot): readonly Bytes[] {
  const single = [...root.paths()].filter((path) => path.startsWith(dpkgFolder) && !path.endsWith('.md5sums'));
  return [dpkgStatus, ...single.sort()];
}

function isInstalled(fields: ReadonlyMap<string, string>): boolean {
  const status = fields.get('status');
  return fields.has('package') && fields.has('version') && (status === undefined || status.endsWith(' installed'));
}

function addDpkg(found: Map<string, InstalledPackage>, fields: ReadonlyMap<string, string>): void {
  const [name = '', version = ''] = [fields.get('package'), fields.get('version')];
  // Of one package's several architectures each is installed by itself.
  const key = found.has(name) ? `${name}:${fields.get('architecture') ?? ''}` : name;
  found.set(key, { name: key, version, system: 'dpkg' });
}

/** Paragraphs of `Name: value` lines (deb822(5), apk's letters likewise), names in lower case; continuation lines are passed over. */
function stanzas(text: string): readonly ReadonlyMap<string, string>[] {
  return text
    .split(/\n{2,}/)
    .filter((stanza) => stanza !== '')
    .map((stanza) => {
      const fields = new Map<string, string>();
      for (const line of stanza.split('\n')) {
        const colon = line.indexOf(':');
        // Of apk's paragraphs the first of a letter is the package's, later ones are its files'.
        const name = line.slice(0, colon).toLowerCase();
        if (colon > 0 && !/^\s/.test(line) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
      }
      return fields;
    });
}
