// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Without pivot_root the host's mounts stay in the container's mount namespace, out of reach but there. The kernel lets a user
// namespace mount a new procfs or sysfs when a whole one is to be seen in its mount namespace, so one of the host would undo
// masked paths: those are unmounted, or covered where that is not allowed.

import { errnoOf, readText } from '../../files.ts';
import { AT_FDCWD, MNT_DETACH, MS_SLAVE, AT_RECURSIVE } from '../../linux.ts';
import { parseMountinfo } from '../../mountinfo.ts';
import type { Sys } from '../../sys.ts';

/** Unmounts or covers each whole procfs and sysfs that is not below `tree`. */
export function hideHostFilesystems(sys: Sys, tree: number): void {
  const root = sys.readlinkat(AT_FDCWD, `/proc/self/fd/${tree}`);
  if (root === '/') throw new Error("without pivot_root the root's path must be open to the container's user");
  const points = wholeFilesystems(readText(sys, '/proc/self/mountinfo')).filter(
    (point) => point !== root && !point.startsWith(`${root}/`),
  );
  for (const point of points) hide(sys, point);
}

/** Mount points of all procfs and sysfs that are mounted from their roots. */
export function wholeFilesystems(mountinfo: string): readonly string[] {
  return parseMountinfo(mountinfo)
    .filter(({ root, type }) => root === '/' && (type === 'proc' || type === 'sysfs'))
    .map(({ path }) => path);
}

function hide(sys: Sys, point: string): void {
  try {
    sys.mountSetattr(AT_FDCWD, point, AT_RECURSIVE, { set: 0, clear: 0, propagation: MS_SLAVE, usernsFd: 0 });
    sys.umount2(point, MNT_DETACH);
  } catch (error) {
    const errno = errnoOf(error);
    // It lay below one that is gone by now.
    if (errno === 'ENOENT') return;
    if (errno !== 'EINVAL' && errno !== 'EPERM') throw error;
    sys.mount('tmpfs', point, 'tmpfs', 0, null);
  }
}
