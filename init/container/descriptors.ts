// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AT_EMPTY_PATH, F_SETFD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** The first descriptor after the standard streams. */
const first = 3;

/**
 * Those of the descriptors 3 to 3 + count - 1 that are open, for the program to keep. To be called before the runtime opens
 * anything, or that could be taken for one of the caller's.
 */
export function openPreserved(sys: Sys, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index).filter((fd) => isOpen(sys, fd));
}

function isOpen(sys: Sys, fd: number): boolean {
  try {
    sys.statx(fd, '', AT_EMPTY_PATH);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EBADF') return false;
    throw error;
  }
}

/**
 * Closes all descriptors but the standard streams, the preserved ones, which stay open in the program, and `needed`, which
 * are closed by execve: nothing of the host's tree reaches the container (CVE-2024-21626), and a low limit of descriptors
 * leaves room for what follows.
 */
export function closeOthers(sys: Sys, preserved: readonly number[], needed: readonly number[]): void {
  const last = 0xffff_ffff;
  for (const fd of preserved) sys.fcntl(fd, F_SETFD, 0);
  let next = first;
  for (const fd of [...preserved, ...needed].sort((a, b) => a - b)) {
    if (fd > next) sys.closeRange(next, fd - 1, 0);
    next = fd + 1;
  }
  sys.closeRange(next, last, 0);
}
