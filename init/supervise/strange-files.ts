// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeOthers } from '../container/descriptors.ts';
import { AT_EMPTY_PATH, S_IFIFO, S_IFMT, SIGCHLD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** What the kernel knows already: a FUSE file's server is the container. */
const AT_STATX_DONT_SYNC = 0x4000;

/**
 * Closes descriptors that a container sent. The last close of a socket (SO_LINGER) or of a file of a FUSE takes as long as the
 * container likes: anything but a pipe is held by a process of its own, whose close is the last.
 */
export function closeStrangeFiles(sys: Sys, fds: readonly number[]): void {
  try {
    const others = fds.filter(
      (fd) => (sys.statx(fd, '', AT_EMPTY_PATH | AT_STATX_DONT_SYNC).mode & S_IFMT) !== S_IFIFO,
    );
    if (others.length > 0 && sys.clone3({ flags: 0, exitSignal: SIGCHLD }).pid === 0) holdForAMoment(sys, others);
  } finally {
    for (const fd of fds) sys.close(fd);
  }
}

/** The child: nothing of it may go on in the code that called the parent. */
function holdForAMoment(sys: Sys, fds: readonly number[]): never {
  try {
    closeOthers(sys, [], fds);
    sys.nanosleep(1e9);
  } finally {
    sys.exit(0);
  }
}
