// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What may be mounted on or below /proc and /sys of a container. Everything that follows relies on these being the
// kernel's: a /proc of the image's making would swallow masks and labels (CVE-2019-16884, CVE-2019-19921).

import { PROC_SUPER_MAGIC } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { MountPlan } from './mount-plan.ts';
import { cleanPath } from '../path.ts';
import { openPlainFolderInRoot } from './root-path.ts';

/** Files that tools like lxcfs cover with the container's own figures; none of them grants anything. */
const coverable: ReadonlySet<string> = new Set([
  '/proc/cpuinfo',
  '/proc/diskstats',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/swaps',
  '/proc/uptime',
  '/proc/loadavg',
  '/proc/slabinfo',
  '/proc/net/dev',
  '/proc/sys/kernel/ns_last_pid',
  '/proc/sys/crypto/fips_enabled',
]);

/** Throws when the mount would put something else where the container's own /proc is. */
export function checkDestination(sys: Sys, mount: MountPlan, tree: number | undefined): void {
  if (cleanPath(mount.destination) === '/proc' && mount.type !== 'proc' && (tree === undefined || !isProcfs(sys, tree)))
    throw new Error('only a proc file system may be mounted on /proc');
}

/** Whether a file system has to be where it is said to be, since masks and labels are looked for there. */
export function needsPlainFolder({ type }: MountPlan): boolean {
  return type === 'proc' || type === 'sysfs';
}

/** Opens or makes the folder for one of these. Throws when the image has a link or a file there, or a link on the way. */
export function openPlainTarget(sys: Sys, { destination, type }: MountPlan, rootFd: number): number {
  const target = openPlainFolderInRoot(sys, rootFd, destination);
  if (target !== undefined) return target;
  // The words are those that callers of runc know.
  throw new Error(
    `filesystem "${type}" must be mounted on ordinary directory, found a link or a file at ${cleanPath(destination)} of the image`,
  );
}

/** Throws when the place to mount on lies in a procfs, by whatever path or link it was found. */
export function checkTarget(sys: Sys, mount: MountPlan, target: number): void {
  if (isProcfs(sys, target) && mount.type !== 'proc' && !coverable.has(cleanPath(mount.destination)))
    throw new Error('expected a destination outside of /proc, because what is mounted inside could hide or fake it');
}

function isProcfs(sys: Sys, fd: number): boolean {
  return sys.fstatfs(fd).type === PROC_SUPER_MAGIC;
}
