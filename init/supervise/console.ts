// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AT_FDCWD, CLOCK_BOOTTIME, EPOLLOUT, O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_WRONLY } from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';
import type { Loop } from './loop.ts';

/** Bytes that may wait for a slow console before output of containers is left out. */
const copyLimit = 64 * 1024;
/** What else there is waits up to here: a console may take nothing at all. */
const queueLimit = 256 * 1024;

/** The system console. Writing never blocks: what it does not take at once waits in memory. */
export interface Console {
  /** One line, with the time since the kernel started: "[  0.123] TEXT". */
  line(text: string): void;
  /** As line, made to stand out: "[  0.123] *** TEXT". */
  warn(text: string): void;
  /** Text as it is, which may be many lines. */
  screen(text: string): void;
  /** Lines of a container's output without the last newline; each gets the name before it. */
  copy(name: string, lines: string): void;
  /** Whether so much waits that output of containers is better left out than kept in memory. */
  isBehind(): boolean;
  /** Output of a container was left out; a line says how much it was, once there is room again. */
  leaveOut(bytes: number): void;
  /** From now on what waits is written when the console can take it. */
  attach(loop: Loop): void;
  /** Writes what waits, for at most `seconds`; for the moments before the machine stops. */
  drain(seconds: number): void;
}

/** Opens /dev/console. Without one (console= names none) the kernel's log takes the lines. */
export function openConsole(sys: Sys): Console {
  const flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  for (const path of ['/dev/console', '/dev/kmsg']) {
    try {
      return createConsole(sys, sys.openat(AT_FDCWD, path, flags, 0));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
  return createConsole(sys, 2);
}

/** A console over an open, non-blocking descriptor. */
export function createConsole(sys: Sys, fd: number): Console {
  const queue: Uint8Array[] = [];
  let queued = 0;
  let leftOut = 0;
  let loop: Loop | undefined;
  let watching = false;

  function flush(): void {
    while (queue[0] !== undefined) {
      let count: number;
      try {
        count = sys.write(fd, queue[0]);
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN') return;
        // A console that fails (a serial line that went away) loses its output; nothing else depends on it.
        queue.length = 0;
        queued = 0;
        return;
      }
      queued -= count;
      if (count < queue[0].length) {
        queue[0] = queue[0].subarray(count);
      } else {
        queue.shift();
      }
    }
  }

  function awaitSpace(): void {
    if (loop === undefined || watching === queue.length > 0) return;
    if (watching) {
      loop.unwatch(fd);
      watching = false;
    } else {
      // Where the kernel has no room for it the next line tries again. A line never throws.
      watching = quietly(() => loop?.watch(fd, EPOLLOUT, onSpace) ?? true) === true;
    }
  }

  function onSpace(): void {
    flush();
    if (queue.length === 0 && leftOut > 0) {
      const kibibytes = Math.ceil(leftOut / 1024);
      leftOut = 0;
      put(`${stamp(sys)} console: too slow, ${kibibytes} KiB of output of containers are left out here\n`);
    }
    awaitSpace();
  }

  function put(text: string): void {
    const bytes = sys.encodeUtf8(text);
    if (queued + bytes.length > queueLimit) return;
    queue.push(bytes);
    queued += bytes.length;
    flush();
    awaitSpace();
  }

  return {
    line: (text) => put(`${stamp(sys)} ${text}\n`),
    warn: (text) => put(`${stamp(sys)} *** ${text}\n`),
    screen: put,
    copy: (name, lines) => put(`${name}: ${lines.replaceAll('\n', `\n${name}: `)}\n`),
    isBehind: () => queued > copyLimit,
    leaveOut(bytes) {
      leftOut += bytes;
    },
    attach(to) {
      loop = to;
      awaitSpace();
    },
    drain(seconds) {
      const step = 0.01;
      for (let left = seconds; queue.length > 0 && left > 0; left -= step) {
        flush();
        if (queue.length > 0) sys.nanosleep(step * 1e9);
      }
    },
  };
}

/** Seconds since the kernel started, to the millisecond. */
export function uptime(sys: Sys): number {
  return Math.round(sys.clockGettime(CLOCK_BOOTTIME) / 1e6) / 1e3;
}

function stamp(sys: Sys): string {
  return `[${uptime(sys).toFixed(3).padStart(7)}]`;
}
