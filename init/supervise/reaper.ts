// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ending, endingOf } from '../ending.ts';
import { errnoOf } from '../files.ts';
import { WNOHANG } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Collects every process that ends, ours and orphans alike, and tells who waits for one. */
export interface Reaper {
  /** Calls once when the child ends. To be called before the next reap. */
  await(pid: number, onEnd: (ending: Ending) => void): void;
  /** Collects all that ended; due at SIGCHLD. */
  reap(): void;
}

/** A reaper of the children of this process, which as PID 1 inherits every orphan. */
export function createReaper(sys: Sys): Reaper {
  const awaited = new Map<number, (ending: Ending) => void>();
  return {
    await(pid, onEnd) {
      awaited.set(pid, onEnd);
    },
    reap() {
      for (let ended = collect(sys); ended !== undefined; ended = collect(sys)) {
        const onEnd = awaited.get(ended.pid);
        awaited.delete(ended.pid);
        onEnd?.(endingOf(ended.status));
      }
    },
  };
}

function collect(sys: Sys): { readonly pid: number; readonly status: number } | undefined {
  try {
    const ended = sys.wait4(-1, WNOHANG);
    return ended.pid === 0 ? undefined : ended;
  } catch (error) {
    if (errnoOf(error) === 'ECHILD') return undefined;
    throw error;
  }
}
