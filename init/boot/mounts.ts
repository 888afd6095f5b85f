// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, makeFolder } from '../files.ts';
import { AT_FDCWD, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RELATIME, MS_REMOUNT } from '../linux.ts';
import type { Sys } from '../sys.ts';

interface SystemMount {
  readonly type: string;
  readonly target: string;
  readonly flags: number;
  readonly data?: string;
  /**
   * `required`: no boot without it. `best-effort`: a warning. `if-present`: a kernel without it has no such folder or file
   * system, and nothing is said.
   */
  readonly need: 'required' | 'best-effort' | 'if-present';
}

const locked = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME;
const devices = MS_NOSUID | MS_NOEXEC | MS_RELATIME;

/** In the order in which they are mounted. Sizes are LinuxKit's (pkg/init, rc.init): shares of the memory, not reserved. */
const systemMounts: readonly SystemMount[] = [
  { type: 'proc', target: '/proc', flags: locked, need: 'required' },
  { type: 'sysfs', target: '/sys', flags: locked, need: 'required' },
  { type: 'devtmpfs', target: '/dev', flags: devices, data: 'size=10m,mode=755', need: 'required' },
  { type: 'devpts', target: '/dev/pts', flags: devices, data: 'gid=5,mode=620,ptmxmode=666', need: 'required' },
  { type: 'tmpfs', target: '/dev/shm', flags: locked, data: 'mode=1777', need: 'required' },
  { type: 'mqueue', target: '/dev/mqueue', flags: locked, need: 'best-effort' },
  { type: 'tmpfs', target: '/run', flags: locked, data: 'size=10%,mode=755', need: 'required' },
  { type: 'tmpfs', target: '/tmp', flags: locked, data: 'size=10%,mode=1777', need: 'required' },
  { type: 'tmpfs', target: '/var', flags: locked, data: 'size=50%,mode=755', need: 'required' },
  { type: 'securityfs', target: '/sys/kernel/security', flags: locked, need: 'if-present' },
  { type: 'debugfs', target: '/sys/kernel/debug', flags: locked, need: 'if-present' },
  { type: 'tracefs', target: '/sys/kernel/tracing', flags: locked, need: 'if-present' },
  { type: 'configfs', target: '/sys/kernel/config', flags: locked, need: 'if-present' },
  { type: 'fusectl', target: '/sys/fs/fuse/connections', flags: locked, need: 'if-present' },
  { type: 'selinuxfs', target: '/sys/fs/selinux', flags: locked & ~MS_NODEV, need: 'if-present' },
  { type: 'pstore', target: '/sys/fs/pstore', flags: locked, need: 'if-present' },
  { type: 'bpf', target: '/sys/fs/bpf', flags: locked, data: 'mode=700', need: 'if-present' },
  { type: 'efivarfs', target: '/sys/firmware/efi/efivars', flags: locked, need: 'if-present' },
];

/** Folders that software expects in /var, which is empty at each boot (LinuxKit's list), and those of our own logs. */
const varFolders = [
  'cache',
  'empty',
  'lib',
  'local',
  'lock',
  'log',
  'log/onboot',
  'log/onshutdown',
  'opt',
  'spool',
  'tmp',
];

/**
 * Mounts the kernel's file systems and the writable folders. Throws the SysError of the first required one that fails; `warn`
 * is told of others.
 */
export function mountSystem(sys: Sys, warn: (message: string) => void): void {
  for (const mount of systemMounts) {
    try {
      mountOne(sys, mount);
    } catch (error) {
      if (mount.need === 'required' || errnoOf(error) === undefined) throw error;
      if (mount.need === 'best-effort' || !isAbsence(error)) warn(`mounts: ${describeError(error)}`);
    }
  }
  fillVar(sys);
}

function mountOne(sys: Sys, { type, target, flags, data, need }: SystemMount): void {
  // The kernel makes the folders of what it has in /sys; ours are only those that are required or in /dev.
  if (need !== 'if-present') makeFolder(sys, target, 0o755);
  try {
    sys.mount(type, target, type, flags, data ?? null);
  } catch (error) {
    // A kernel that mounted the root itself may have mounted /dev too (CONFIG_DEVTMPFS_MOUNT).
    if (type !== 'devtmpfs' || errnoOf(error) !== 'EBUSY') throw error;
    sys.mount(null, target, null, MS_REMOUNT | flags, data ?? null);
  }
}

function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENODEV' || errno === 'EPERM';
}

/** Makes what belongs into /var and is not there: one that lies on a disk has it from an earlier boot. */
export function fillVar(sys: Sys): void {
  for (const folder of varFolders) makeFolder(sys, `/var/${folder}`, 0o755);
  sys.fchmodat(AT_FDCWD, '/var/tmp', 0o1777);
  try {
    sys.symlinkat('/run', AT_FDCWD, '/var/run');
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
