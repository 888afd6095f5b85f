// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, type FileTree, textOf } from '../file-tree.ts';
import { join, parentOf } from '../inodes.ts';

/** A symbolic link that was followed on the way to a path, and what it says. */
export interface FollowedLink {
  /** In the whole root. */
  readonly path: Bytes;
  readonly target: Bytes;
}

export interface Located {
  /** In the whole root, every link above it followed; its own last component is as asked for. */
  readonly path: Bytes;
  readonly links: readonly FollowedLink[];
}

/** As many as Linux follows in one path (path_resolution(7)). */
const maxSymlinks = 40;

/**
 * Walks to a path below `root`, a folder of the tree, as a process with that root does: links are followed inside of it, the
 * last component's own when `last`. Undefined for a loop of links.
 */
export function locate(tree: FileTree, root: Bytes, path: string, last: boolean): Located | undefined {
  const pending = componentsOf(path);
  const links: FollowedLink[] = [];
  let done = root;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      if (done !== root) done = parentOf(done);
      continue;
    }
    const next = join(done, name);
    const inode = tree.get(next);
    if (inode?.type !== 'symlink' || (pending.length === 0 && !last)) {
      done = next;
      continue;
    }
    links.push({ path: next, target: inode.target });
    if (links.length > maxSymlinks) return undefined;
    if (inode.target.startsWith('/')) done = root;
    pending.unshift(...componentsOf(inode.target));
  }
  return { path: done, links };
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** How a path of the tree is shown: "/etc/hosts". */
export function shown(path: Bytes): string {
  return `/${textOf(path)}`;
}
