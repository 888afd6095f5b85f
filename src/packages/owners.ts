// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../file-tree.ts';
import { idOf } from './account-ids.ts';
import { type PackageTree, subtree } from './package-tree.ts';
import type { OwnerStep } from './recipe.ts';
import { matching, nothing } from './shape.ts';

/** Gives paths of packages another mode or owner. Throws `package` for a path or a name that is not there. */
export function changeOwners(tree: PackageTree, step: OwnerStep): void {
  const found = matching(tree, step.path);
  if (found.length === 0) throw nothing('owners', step.path);
  const uid = step.uid === undefined ? undefined : idOf(tree, 'passwd', step.uid);
  const gid = step.gid === undefined ? undefined : idOf(tree, 'group', step.gid);
  const paths = step.recursive === true ? found.flatMap((path) => subtree(tree, path)) : found;
  // Names of one file stay names of one file.
  const changed = new Map<Inode, Inode>();
  for (const path of new Set(paths)) {
    const inode = tree.inodes.get(path);
    if (inode === undefined) continue;
    const own = changed.get(inode) ?? {
      ...inode,
      ...(step.mode !== undefined && inode.type !== 'symlink' && { mode: modeFor(inode, step) }),
      uid: uid ?? inode.uid,
      gid: gid ?? inode.gid,
    };
    changed.set(inode, own);
  }
  for (const [path, inode] of tree.inodes) {
    const own = changed.get(inode);
    if (own !== undefined) tree.inodes.set(path, own);
  }
}

/** With `recursive` the mode is meant for files: a directory can be searched wherever it can be read. */
function modeFor(inode: Inode, { mode = '0', recursive }: OwnerStep): number {
  const bits = Number.parseInt(mode, 8);
  return recursive === true && inode.type === 'directory' ? bits | ((bits & 0o444) >> 2) : bits;
}
