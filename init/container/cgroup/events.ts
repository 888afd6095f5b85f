// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, EPOLL_CTL_ADD, EPOLLPRI, O_CLOEXEC, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

const buffer: Uint8Array = new Uint8Array(256);

/**
 * Waits until cgroup.events of a v2 cgroup has this line ("frozen 1"), woken by the kernel at each change (cgroup-v2.rst,
 * cgroup.events). False when it has not within so many milliseconds.
 */
export function waitForEvent(sys: Sys, folder: string, line: string, limit: number): boolean {
  const events = sys.openat(AT_FDCWD, `${folder}/cgroup.events`, O_RDONLY | O_CLOEXEC, 0);
  try {
    return hasLine(sys, events, line) || waitForLine(sys, events, line, limit);
  } finally {
    sys.close(events);
  }
}

function waitForLine(sys: Sys, events: number, line: string, limit: number): boolean {
  const monotonic = 1;
  const deadline = sys.clockGettime(monotonic) + limit * 1e6;
  const epoll = sys.epollCreate();
  try {
    sys.epollCtl(epoll, EPOLL_CTL_ADD, events, EPOLLPRI);
    while (!hasLine(sys, events, line)) {
      const left = Math.ceil((deadline - sys.clockGettime(monotonic)) / 1e6);
      if (left <= 0) return false;
      sys.epollWait(epoll, left);
    }
    return true;
  } finally {
    sys.close(epoll);
  }
}

/** Reading is also what arms the next wake-up. */
function hasLine(sys: Sys, events: number, line: string): boolean {
  const text = sys.decodeUtf8(buffer.subarray(0, sys.pread(events, buffer, 0)));
  return text.split('\n').includes(line);
}
