// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree } from './file-tree.ts';
import { join, parentOf } from './inodes.ts';

/** As many as Linux follows in one path (path_resolution(7)). */
const maxSymlinks = 40;

/**
 * The path with every symbolic link in it followed, inside the tree: absolute targets start at the tree's root and `..`
 * stops there. Components that the tree does not have are kept as they are, so the result is also where a new entry
 * belongs. Undefined for a loop of links and for a path below something that is not a directory.
 */
export function realPath(tree: FileTree, path: Bytes): Bytes | undefined {
  const pending = components(path);
  let links = 0;
  let done = '' as Bytes;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      done = parentOf(done);
      continue;
    }
    const here = tree.get(done);
    if (here !== undefined && here.type !== 'directory') return undefined;
    const next = join(done, name);
    const inode = tree.get(next);
    if (inode?.type !== 'symlink') {
      done = next;
      continue;
    }
    links += 1;
    if (links > maxSymlinks) return undefined;
    if (inode.target.startsWith('/')) done = '' as Bytes;
    pending.unshift(...components(inode.target));
  }
  return done;
}

/**
 * Where an entry of this path really goes: its parent's links are followed, its own last component is not. Undefined
 * when the parent is there and no directory.
 */
export function realEntry(tree: FileTree, path: Bytes): Bytes | undefined {
  const parent = realPath(tree, parentOf(path));
  if (parent === undefined) return undefined;
  const inode = tree.get(parent);
  return inode !== undefined && inode.type !== 'directory'
    ? undefined
    : join(parent, path.slice(path.lastIndexOf('/') + 1));
}

function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
