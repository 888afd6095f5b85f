// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolvConfPath } from '../../init/contract/paths.ts';
import { type Bytes, bytesOf, type Inode } from '../file-tree.ts';
import { filterImage } from './image-filter.ts';
import { addParents, directory } from '../inodes.ts';
import { containerFolders } from './reserved.ts';

/** Beside what every image gets: mount points of init, and of the containers. */
const directories: readonly (readonly [path: string, mode: number])[] = [
  ['mnt', 0o755],
  ['root', 0o700],
  ['run', 0o755],
  ['tmp', 0o1777],
  ['var', 0o755],
  ...containerFolders.map((path) => [path, 0o755] as const),
];

/** The root file system before any image is merged into it. */
export function skeleton(epoch: number): Map<Bytes, Inode> {
  const tree = filterImage(new Map(), { kind: 'link', target: resolvConfPath }, epoch);
  for (const [path, mode] of directories) {
    addParents(tree, bytesOf(path), epoch);
    tree.set(bytesOf(path), directory(epoch, mode));
  }
  return tree;
}
