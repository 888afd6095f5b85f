// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import { type Bytes, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { join } from '../inodes.ts';
import { maxDatabase, type ReadRoot } from '../installed/read-root.ts';
import type { Rootfs } from '../rootfs.ts';

/** The whole root as it will be once everything is unpacked: all trees at their places, a later one over an earlier. */
export async function wholeTree(rootfs: Rootfs): Promise<FileTree> {
  const whole = new Map<Bytes, Inode>(await rootfs.init?.load());
  for (const { prefix, tree } of rootfs.trees) {
    for (const [path, inode] of await tree.load()) whole.set(joined(prefix, path), inode);
  }
  return whole;
}

function joined(prefix: Bytes, path: Bytes): Bytes {
  return path === '' ? prefix : join(prefix, path);
}

/** A tree, from a folder of it on, as package databases are looked for in it. */
export function readRoot(tree: FileTree, folder: Bytes): ReadRoot {
  const start = folder === '' ? '' : `${folder}/`;
  return {
    *paths() {
      for (const path of tree.keys()) if (path.startsWith(start)) yield path.slice(start.length) as Bytes;
    },
    text: (path) => {
      const inode = tree.get(join(folder, path));
      if (inode?.type !== 'file' || contentSize(inode.content) > maxDatabase) return undefined;
      using reader = new ContentReader();
      return textOf(reader.part(inode.content, 0, contentSize(inode.content)).toString('latin1'));
    },
  };
}
