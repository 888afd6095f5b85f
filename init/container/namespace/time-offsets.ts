// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Time namespaces and their clocks (config-linux.md, Offset for Time Namespace; time_namespaces(7)).

import type { Linux } from '../../contract/linux-config.ts';
import { CLONE_NEWTIME, O_CLOEXEC, O_WRONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** The clocks that a time namespace has of its own. */
const clocks: readonly string[] = ['monotonic', 'boottime'];

/** Lines of /proc/PID/timens_offsets: clock, seconds, nanoseconds. Throws an Error on another clock or a value out of range. */
export function offsetLines(offsets: Linux['timeOffsets'] = {}): string {
  return Object.entries(offsets)
    .map(([clock, { secs = 0, nanosecs = 0 }]) => {
      if (!clocks.includes(clock))
        throw new Error(`linux.timeOffsets: expected the clock ${clocks.join(' or ')}, found "${clock}"`);
      if (nanosecs < 0 || nanosecs >= 1e9)
        throw new Error(`linux.timeOffsets.${clock}.nanosecs: expected 0 to 999999999, found ${nanosecs}`);
      return `${clock} ${secs} ${nanosecs}\n`;
    })
    .join('');
}

/**
 * Opens the caller's own offsets, through a procfs that was checked to be one. To be done before it becomes another user: the
 * file counts as that user's no more then, and the kernel asks for the rights of who opened it.
 */
export function openOffsets(sys: Sys, procFd: number): number {
  return step("open the time namespace's offsets", () =>
    sys.openat(procFd, 'self/timens_offsets', O_WRONLY | O_CLOEXEC, 0),
  );
}

/** Makes a time namespace for the children that the caller has from now on. The first that enters it fixes its offsets. */
export function makeTimeNamespace(sys: Sys, offsetsFd: number, lines: string): void {
  step('make a time namespace', () => sys.unshare(CLONE_NEWTIME));
  // Both at once: the file takes one write.
  if (lines !== '') step(`set linux.timeOffsets`, () => sys.write(offsetsFd, sys.encodeUtf8(lines)));
}
