// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Ends a timer; nothing happens when it has fired. */
export type CancelTimer = () => void;

/** The one place where PID 1 waits: for descriptors and for points in time. */
export interface Loop {
  /** Calls `onReady` with the EPOLL* bits that came, again and again while the descriptor is ready (level triggered). */
  watch(fd: number, events: number, onReady: (events: number) => void): void;
  /** Waits for other events of a watched descriptor. */
  rewatch(fd: number, events: number): void;
  /** To be called before the descriptor is closed. An event of it that came already is dropped. */
  unwatch(fd: number): void;
  /** Calls once, `seconds` from now; 0 is in the next turn, together with what else is due there. */
  after(seconds: number, onTime: () => void): CancelTimer;
  /** Waits once and calls what is due. */
  turn(): void;
}

/** Nanoseconds. A container may ask for a time that no timer takes: it is waited for again and again. */
const longestWait = 2 ** 53;

interface Timer {
  readonly due: number;
  readonly onTime: () => void;
}

/** A loop over epoll(7), with one timerfd(2) for the earliest of its timers. */
export function createLoop(sys: Sys): Loop {
  const epoll = sys.epollCreate();
  const timerFd = sys.timerfdCreate(CLOCK_MONOTONIC);
  const watched = new Map<number, (events: number) => void>();
  const timers = new Set<Timer>();
  // Descriptors given up during the present turn: their number may be another file's already.
  const dropped = new Set<number>();

  function arm(): void {
    let earliest = Infinity;
    for (const timer of timers) earliest = Math.min(earliest, timer.due);
    const now = sys.clockGettime(CLOCK_MONOTONIC);
    // 0 would disarm it, and one that is due already has to fire.
    const wait = Math.min(longestWait, Math.max(1, earliest - now));
    sys.timerfdSettime(timerFd, earliest === Infinity ? 0 : wait, 0);
  }

  function fireTimers(): void {
    const now = sys.clockGettime(CLOCK_MONOTONIC);
    // Those that are set meanwhile are for a later turn, even when they are due at once: descriptors come in between.
    const present = [...timers];
    for (const timer of present) {
      // One timer's call may cancel another.
      if (timer.due > now || !timers.delete(timer)) continue;
      timer.onTime();
    }
    // Setting it also takes back the expiration, so that nothing has to be read, which could block after a cancel.
    arm();
  }

  const loop: Loop = {
    watch(fd, events, onReady) {
      sys.epollCtl(epoll, EPOLL_CTL_ADD, fd, events);
      watched.set(fd, onReady);
    },
    rewatch(fd, events) {
      sys.epollCtl(epoll, EPOLL_CTL_MOD, fd, events);
    },
    unwatch(fd) {
      if (!watched.delete(fd)) return;
      sys.epollCtl(epoll, EPOLL_CTL_DEL, fd, 0);
      dropped.add(fd);
    },
    after(seconds, onTime) {
      const timer: Timer = { due: sys.clockGettime(CLOCK_MONOTONIC) + Math.ceil(seconds * 1e9), onTime };
      timers.add(timer);
      arm();
      return () => {
        if (timers.delete(timer)) arm();
      };
    },
    turn() {
      dropped.clear();
      for (const { fd, events } of sys.epollWait(epoll, -1)) {
        if (!dropped.has(fd)) watched.get(fd)?.(events);
      }
    },
  };
  loop.watch(timerFd, EPOLLIN, fireTimers);
  return loop;
}
