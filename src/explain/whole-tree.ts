// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import { type Bytes, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { join } from '../inodes.ts';
import { maxDatabase, type ReadRoot } from '../installed/read-root.ts';
import type { Rootfs } from '../rootfs.ts';

/** Entries of trees at their places, by prefix and key: two systems share most of their images. */
export type PlacedEntries = Map<string, readonly (readonly [Bytes, Inode])[]>;

/**
 * The whole root as it will be once everything is unpacked: all trees at their places, a later one over an earlier. What is
 * in `loaded` is taken from there, and what is not is added.
 */
export async function wholeTree(rootfs: Rootfs, loaded: PlacedEntries = new Map()): Promise<FileTree> {
  const whole = new Map<Bytes, Inode>(await rootfs.init?.load());
  for (const { prefix, tree } of rootfs.trees) {
    const key = `${prefix} ${tree.key}`;
    let entries = loaded.get(key);
    if (entries === undefined) {
      entries = [...(await tree.load())].map(([path, inode]) => [joined(prefix, path), inode] as const);
      loaded.set(key, entries);
    }
    for (const [path, inode] of entries) whole.set(path, inode);
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
    link: (path) => {
      const inode = tree.get(join(folder, path));
      return inode?.type === 'symlink' ? textOf(inode.target) : undefined;
    },
  };
}
