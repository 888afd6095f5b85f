// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { destroyCgroupIfEmpty } from '../container/cgroup/destroy.ts';
import type { CgroupPlace } from '../container/cgroup/place.ts';
import { describeError } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { Loop } from './loop.ts';

/** Seconds that killed processes have to leave their cgroup. */
const patience = 10;
const firstPause = 0.001;
const longestPause = 0.5;

interface Held {
  readonly sys: Sys;
  readonly loop: Loop;
}

type Done = (failure: string | undefined) => void;

/**
 * Removes a container's cgroup while the loop goes on: what is left in it is killed, but a process that waits for a device ends only
 * when that answers. `onDone` gets why it had to be left as it is.
 */
export function endCgroup(held: Held, place: CgroupPlace, onDone: Done): void {
  attempt(held, place, onDone, 0, firstPause);
}

/** No closure that holds itself: what a container leaves would stay in memory until the engine looks for cycles. */
function attempt(held: Held, place: CgroupPlace, onDone: Done, waited: number, pause: number): void {
  let failure: string | undefined;
  try {
    if (!destroyCgroupIfEmpty(held.sys, place)) {
      if (waited < patience) {
        const next = Math.min(2 * pause, longestPause);
        held.loop.after(pause, () => attempt(held, place, onDone, waited + pause, next));
        return;
      }
      failure = `cgroup ${place.v2 ?? ''} has processes that do not end within ${patience} s of SIGKILL`;
    }
  } catch (error) {
    failure = describeError(error);
  }
  onDone(failure);
}
