// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf, textOf } from '../file-tree.ts';
import { type InstalledPackage, installedPackages } from './packages.ts';
import type { ReadRoot } from './read-root.ts';

const dpkgList = /^var\/lib\/dpkg\/(?:info\/(.+)\.list|status\.d\/(.+)\.md5sums)$/;

/** The package whose list of files has a path, by the root's own databases; undefined when none does. */
export function owningPackage(root: ReadRoot, path: Bytes): InstalledPackage | undefined {
  const names = namesOf(textOf(path));
  const packages = installedPackages(root);
  return dpkgOwner(root, names, packages) ?? apkOwner(root, names, packages);
}

/** A system with merged /usr lists files under the place that they had before. */
function namesOf(path: string): ReadonlySet<string> {
  return new Set([path, path.replace(/^usr\/(?=(bin|sbin|lib[^/]*)\/)/, ''), `usr/${path}`]);
}

function dpkgOwner(
  root: ReadRoot,
  names: ReadonlySet<string>,
  packages: ReadonlyMap<string, InstalledPackage>,
): InstalledPackage | undefined {
  for (const path of root.paths()) {
    const match = dpkgList.exec(path);
    if (match === null) continue;
    const lines = (root.text(path) ?? '').split('\n').map((line) => line.replace(/^[0-9a-f]{32} {2}/, ''));
    if (!lines.some((line) => names.has(line.replace(/^\//, '')))) continue;
    const name = match[1] ?? match[2] ?? '';
    const found = packages.get(name) ?? packages.get(name.replace(/:.*$/, ''));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** apk-package(5): `P:` a package, `F:` a folder, `R:` a file in it. */
function apkOwner(
  root: ReadRoot,
  names: ReadonlySet<string>,
  packages: ReadonlyMap<string, InstalledPackage>,
): InstalledPackage | undefined {
  for (const database of ['lib/apk/db/installed', 'usr/lib/apk/db/installed']) {
    let [name, folder] = ['', ''];
    for (const line of (root.text(bytesOf(database)) ?? '').split('\n')) {
      const value = line.slice(2);
      if (line.startsWith('P:')) name = value;
      else if (line.startsWith('F:')) folder = value;
      else if (line.startsWith('R:') && names.has(folder === '' ? value : `${folder}/${value}`))
        return packages.get(name);
    }
  }
  return undefined;
}
