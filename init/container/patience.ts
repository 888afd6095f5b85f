// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Waiting for one descriptor, for so long and no longer.

import { CLOCK_MONOTONIC, EPOLL_CTL_ADD, EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** epoll takes milliseconds as an int; a day is well within. */
const longestWait = 86_400_000;

/** Returns when the descriptor can be read; throws an Error when that takes too long. */
export type Wait = (fd: number) => void;

/** For those who wait as long as it takes. */
export const forEver: Wait = () => undefined;

/** Waits at most so many seconds from now on, all waits together. */
export function atMost(sys: Sys, seconds: number): Wait {
  const deadline = deadlineIn(sys, seconds);
  return (fd) => {
    if (isReadyBefore(sys, fd, deadline)) return;
    throw new Error(
      `its process did not come so far within ${seconds} s: a file system that it needs may hang, or its cgroup have next to no CPU time`,
    );
  };
}

/** Whether the descriptor can be read, now or in so many seconds. */
export function isReadyWithin(sys: Sys, fd: number, seconds: number): boolean {
  return isReadyBefore(sys, fd, deadlineIn(sys, seconds));
}

function deadlineIn(sys: Sys, seconds: number): number {
  return sys.clockGettime(CLOCK_MONOTONIC) + seconds * 1e9;
}

function isReadyBefore(sys: Sys, fd: number, deadline: number): boolean {
  const events = sys.epollCreate();
  try {
    sys.epollCtl(events, EPOLL_CTL_ADD, fd, EPOLLIN);
    for (;;) {
      const left = deadline - sys.clockGettime(CLOCK_MONOTONIC);
      if (left <= 0) return false;
      if (sys.epollWait(events, Math.min(Math.ceil(left / 1e6), longestWait)).length > 0) return true;
    }
  } finally {
    sys.close(events);
  }
}
