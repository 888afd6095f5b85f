// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  DT_DIR,
  MNT_DETACH,
  MS_MOVE,
  O_CLOEXEC,
  O_RDONLY,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { isInMemory } from './root.ts';

/**
 * Leaves the initramfs for the root that is mounted at `newRoot`: unmounts `mounts` (the last first), removes everything of the
 * initramfs, whose memory nothing else would ever free, and makes the new root /.
 */
export function switchRoot(sys: Sys, newRoot: string, mounts: readonly string[]): void {
  if (!isInMemory(sys))
    throw new Error('expected / to be an initramfs, which may be emptied, found another file system');
  for (const path of [...mounts].reverse()) sys.umount2(path, MNT_DETACH);
  sys.chdir(newRoot);
  const root = sys.openat(AT_FDCWD, '/', O_RDONLY | O_CLOEXEC, 0);
  emptyFolder(sys, root, sys.statx(AT_FDCWD, '/', 0).dev);
  sys.close(root);
  sys.mount('.', '/', null, MS_MOVE, null);
  sys.chroot('.');
  sys.chdir('/');
}

/** Removes what is in a folder of the file system `device`; what is mounted stays, with the folders above it. */
function emptyFolder(sys: Sys, folder: number, device: bigint): void {
  for (const { name, type } of sys.readdir(folder)) {
    if (type !== DT_DIR) {
      sys.unlinkat(folder, name, 0);
      continue;
    }
    if (sys.statx(folder, name, AT_SYMLINK_NOFOLLOW).dev !== device) continue;
    const inner = sys.openat(folder, name, O_RDONLY | O_CLOEXEC, 0);
    emptyFolder(sys, inner, device);
    sys.close(inner);
    sys.unlinkat(folder, name, AT_REMOVEDIR);
  }
}
