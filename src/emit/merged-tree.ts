// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../file-tree.ts';
import { addParents, join } from '../inodes.ts';
import type { PrefixedTree } from '../rootfs.ts';

/**
 * Several trees as one, as if they were unpacked one after the other: a later one wins, and directories that none brings are 0755.
 * @throws what loading the trees throws.
 */
export async function mergedTree(trees: readonly PrefixedTree[], epoch: number): Promise<FileTree> {
  const merged = new Map<Bytes, Inode>();
  for (const { prefix, tree } of trees) {
    for (const [path, inode] of await tree.load()) {
      const place = path === '' ? prefix : join(prefix, path);
      addParents(merged, place, epoch);
      merged.set(place, inode);
    }
  }
  return merged;
}
