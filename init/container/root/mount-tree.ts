// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Mounts as descriptors: a tree is made detached, given its attributes and propagation, and only then attached at a
// descriptor of its target. No path is looked up twice, so nothing can be swapped in between (mount_setattr(2), open_tree(2),
// move_mount(2); kernel 5.12 or later).

import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  O_CLOEXEC,
  OPEN_TREE_CLONE,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { type AttributeChange, changesAnything } from './mount-flags.ts';
import type { PropagationChange } from './mount-options.ts';

/**
 * A detached copy of the mount at `path`, with what is mounted below it when `recursive`. An empty path means `dirfd` itself.
 * A link there is followed unless said otherwise.
 */
export function copyTree(sys: Sys, dirfd: number, path: string, recursive: boolean, follow = true): number {
  const which = (path === '' ? AT_EMPTY_PATH : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  return sys.openTree(dirfd, path, OPEN_TREE_CLONE | O_CLOEXEC | which | (recursive ? AT_RECURSIVE : 0));
}

/** Attaches a detached tree on top of what `targetFd` refers to. */
export function attachTree(sys: Sys, tree: number, targetFd: number): void {
  sys.moveMount(tree, '', targetFd, '', MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/** Changes attributes of a mount, or of it and all below it. */
export function setAttributes(sys: Sys, tree: number, change: AttributeChange, recursive: boolean): void {
  if (!changesAnything(change)) return;
  sys.mountSetattr(tree, '', AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), {
    ...change,
    propagation: 0,
    usernsFd: 0,
  });
}

/** Changes the propagation of a mount, or of it and all below it. */
export function setPropagation(sys: Sys, tree: number, { type, recursive }: PropagationChange): void {
  sys.mountSetattr(tree, '', AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), {
    set: 0,
    clear: 0,
    propagation: type,
    usernsFd: 0,
  });
}
