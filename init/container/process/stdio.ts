// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Process } from '../../contract/runtime-config.ts';
import { errnoOf } from '../../files.ts';
import { AT_EMPTY_PATH, F_DUPFD_CLOEXEC, S_IFCHR, S_IFMT } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

/** The descriptors that become the container's 0, 1 and 2. */
export interface Stdio {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** Puts the three descriptors at 0, 1 and 2, without close-on-exec. */
export function installStdio(sys: Sys, { stdin, stdout, stderr }: Stdio): void {
  // Out of the way first: one of them may sit where another one goes.
  const copies = [stdin, stdout, stderr].map((fd) => sys.fcntl(fd, F_DUPFD_CLOEXEC, 3));
  for (const [number, copy] of copies.entries()) {
    sys.dup3(copy, number, 0);
    sys.close(copy);
  }
}

/**
 * Gives 0, 1 and 2 to the container's user, so that it can open /dev/stdout and /dev/stderr: the magic links of /proc check
 * permissions anew. Terminals keep their group, whose members may write to them. Null devices are left alone, and so is what
 * cannot change its owner.
 */
export function ownStdio(sys: Sys, { uid, gid }: Process['user']): void {
  for (const fd of [0, 1, 2]) {
    const stat = sys.statx(fd, '', AT_EMPTY_PATH);
    const isDevice = (stat.mode & S_IFMT) === S_IFCHR;
    const isNull = isDevice && stat.rdevMajor === 1 && stat.rdevMinor === 3;
    const group = isDevice ? stat.gid : gid;
    if ((stat.uid === uid && stat.gid === group) || isNull) continue;
    try {
      sys.fchown(fd, uid, group);
    } catch (error) {
      const errno = errnoOf(error);
      // An id that the user namespace does not map, a read-only file system, a file of someone else.
      if (errno !== 'EINVAL' && errno !== 'EPERM' && errno !== 'EROFS') throw error;
    }
  }
}
