// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Deb } from './deb.ts';
import type { PackageTree } from './package-tree.ts';

const documentation = 'usr/share/doc/';

/**
 * The packages that an image is made of after `pick`: those of which a file is left besides documentation, and those that hold the
 * copyright of such a one (gcc-12-base has libgcc-s1's). The others are taken out of the tree: what their scripts do has nothing to
 * work on, and a list of what is installed that names them would be wrong.
 */
export function keptPackages(tree: PackageTree, debs: ReadonlyMap<string, Deb>): ReadonlyMap<string, Deb> {
  const used = new Set<string>();
  for (const [path, owners] of tree.owners) {
    const isFile = tree.inodes.get(path)?.type !== 'directory' && !tree.base.has(path);
    if (!isFile || path.startsWith(documentation)) continue;
    for (const owner of owners) used.add(owner.package);
  }
  for (const name of used) for (const other of copyrightHolders(debs.get(name))) used.add(other);
  for (const [path, owners] of tree.owners) {
    const left = owners.filter((owner) => used.has(owner.package));
    if (left.length === owners.length) continue;
    if (left.length > 0) tree.owners.set(path, left);
    else removeUnowned(tree, path);
  }
  return new Map([...debs].filter(([name]) => used.has(name)));
}

/** Where the package's own folder of documentation leads, when it is a link (Debian Policy 12.3). */
function copyrightHolders(deb: Deb | undefined): readonly string[] {
  const links = (deb?.entries ?? []).filter(
    ({ type, path }) => type === 'symlink' && /^(?:\.\/)?usr\/share\/doc\/[^/]+$/.test(path),
  );
  return links.map(({ linkPath }) => linkPath.slice(linkPath.lastIndexOf('/') + 1));
}

/** Directories elsewhere stay: another path may be below. */
function removeUnowned(tree: PackageTree, path: Parameters<PackageTree['owners']['delete']>[0]): void {
  tree.owners.delete(path);
  if (path.startsWith(documentation)) tree.inodes.delete(path);
}
