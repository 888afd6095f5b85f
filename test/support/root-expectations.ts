// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';

/** What a SquashFS keeps of a tree: attributes of these kinds, and of the root its mode. */
export function squashfsTree(tree: FileTree, epoch: number): FileTree {
  const changed = new Map<Inode, Inode>();
  const keep = (inode: Inode): Inode => {
    const { xattrs, ...rest } = inode;
    const kept = new Map([...(xattrs ?? [])].filter(([name]) => /^(user|trusted|security)\./.test(name)));
    return kept.size === 0 ? rest : { ...rest, xattrs: kept };
  };
  const result = new Map<Bytes, Inode>();
  for (const [path, inode] of tree) {
    // Names of one inode stay so.
    const kept = changed.get(inode) ?? keep(inode);
    changed.set(inode, kept);
    result.set(path, path === '' ? { ...kept, uid: 0, gid: 0, mtime: epoch } : kept);
  }
  return result;
}

/** What ISO 9660 with Rock Ridge keeps: no extended attributes, and for Linux each name of a file is an inode of its own. */
export function isoTree(tree: FileTree): FileTree {
  return new Map<Bytes, Inode>(
    [...tree].map(([path, inode]) => {
      const { xattrs: _xattrs, ...rest } = inode;
      return [path, rest];
    }),
  );
}
