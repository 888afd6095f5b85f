// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import {
  AT_FDCWD,
  MS_BIND,
  MS_MOVE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  MS_SHARED,
  O_CLOEXEC,
  O_RDONLY,
  RAMFS_MAGIC,
  TMPFS_MAGIC,
} from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Any folder that every root has; it is only a mount point for a moment. */
const mountPoint = '/run';

/**
 * Makes / a mount that pivot_root(2) can leave: an initramfs is the kernel's first mount, which has no parent and cannot be
 * moved. A bind of it moved onto / has one. Nothing may be mounted below / yet, since the bind would hide it. A root from a disk stays.
 */
export function makeRootMovable(sys: Sys): void {
  if (!isInMemory(sys)) return;
  try {
    sys.mkdirat(AT_FDCWD, mountPoint, 0o755);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  sys.mount('/', mountPoint, null, MS_BIND, null);
  sys.chdir(mountPoint);
  sys.mount('.', '/', null, MS_MOVE, null);
  sys.chroot('.');
  sys.chdir('/');
}

/** Whether / is what the kernel has unpacked. */
export function isInMemory(sys: Sys): boolean {
  const fd = sys.openat(AT_FDCWD, '/', O_RDONLY | O_CLOEXEC, 0);
  const { type } = sys.fstatfs(fd);
  sys.close(fd);
  return type === RAMFS_MAGIC || type === TMPFS_MAGIC;
}

/** Lets mounts made later appear in containers whose binds ask for it (propagation rshared), as LinuxKit's init does. */
export function shareMounts(sys: Sys): void {
  sys.mount(null, '/', null, MS_REC | MS_SHARED, null);
}

/**
 * Makes the file system of / read-only, not its mount alone: a container's bind of a folder of it is writable by default. /run,
 * /tmp and /var are others.
 */
export function sealRoot(sys: Sys): void {
  sys.mount(null, '/', null, MS_REMOUNT | MS_RDONLY, null);
}
