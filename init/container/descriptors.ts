// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_EMPTY_PATH, F_SETFD } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

/** The first descriptor after the standard streams. */
const first = 3;

/**
 * Throws unless the descriptors 3 to 3 + count - 1 are open, which the program is to keep. To be called before the runtime
 * opens anything, or one of its own could take the place of one that is missing.
 */
export function checkPreserved(sys: Sys, count: number): void {
  for (let fd = first; fd < first + count; fd += 1)
    step(`preserve descriptor ${fd} (${fd - first + 1} of ${count})`, () => sys.statx(fd, '', AT_EMPTY_PATH));
}

/**
 * Closes all descriptors but the standard streams, the preserved ones, which stay open in the program, and `needed`, which
 * are closed by execve: nothing of the host's tree reaches the container (CVE-2024-21626), and a low limit of descriptors
 * leaves room for what follows.
 */
export function closeOthers(sys: Sys, preserved: number, needed: readonly number[]): void {
  const last = 0xffff_ffff;
  let next = first + preserved;
  for (let fd = first; fd < next; fd += 1) sys.fcntl(fd, F_SETFD, 0);
  for (const fd of needed.toSorted((a, b) => a - b)) {
    if (fd > next) sys.closeRange(next, fd - 1, 0);
    next = fd + 1;
  }
  sys.closeRange(next, last, 0);
}
