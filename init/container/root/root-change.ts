// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The last step into the container's root: from a tree that is mounted somewhere to "/".

import { AT_FDCWD, MNT_DETACH, MOVE_MOUNT_F_EMPTY_PATH, MS_SLAVE, O_CLOEXEC, O_PATH } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { hideHostFilesystems } from './root-move.ts';
import { setPropagation } from './mount-tree.ts';

/**
 * `pivot` takes the old root away. `move` covers it, for a root that pivot_root(2) does not take (the initial ramfs), and
 * `chroot` leaves everything where it is, for a container in the runtime's own mount namespace.
 */
export type ChangeOfRoot = 'pivot' | 'move' | 'chroot';

/** Makes a mounted tree "/" and the working folder. `sharesHost` when mounts of the old root may be the host's too. */
export function changeRoot(sys: Sys, tree: number, how: ChangeOfRoot, sharesHost: boolean): void {
  switch (how) {
    case 'pivot':
      return pivot(sys, tree, sharesHost);
    case 'move':
      hideHostFilesystems(sys, tree);
      sys.moveMount(tree, '', AT_FDCWD, '/', MOVE_MOUNT_F_EMPTY_PATH);
      return chroot(sys, tree);
    case 'chroot':
      return chroot(sys, tree);
  }
}

/** pivot_root(2), the "." form: the old root comes to lie over the new one and is taken off with all that is below it. */
function pivot(sys: Sys, tree: number, sharesHost: boolean): void {
  const oldRoot = sharesHost ? sys.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0) : undefined;
  sys.fchdir(tree);
  sys.pivotRoot('.', '.');
  // What was shared with the host must not be unmounted there too.
  if (oldRoot !== undefined) setPropagation(sys, oldRoot, { type: MS_SLAVE, recursive: true });
  sys.umount2('.', MNT_DETACH);
  sys.chdir('/');
}

function chroot(sys: Sys, tree: number): void {
  sys.fchdir(tree);
  sys.chroot('.');
  sys.chdir('/');
}
