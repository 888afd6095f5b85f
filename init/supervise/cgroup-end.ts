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

/**
 * Removes a container's cgroup while the loop goes on: what is left in it is killed, but a process that waits for a device ends only
 * when that answers. `onDone` gets why it had to be left as it is.
 */
export function endCgroup(
  { sys, loop }: { readonly sys: Sys; readonly loop: Loop },
  place: CgroupPlace,
  onDone: (failure: string | undefined) => void,
): void {
  let waited = 0;
  let pause = firstPause;
  function attempt(): void {
    let failure: string | undefined;
    try {
      if (!destroyCgroupIfEmpty(sys, place)) {
        if (waited < patience) return waitAndAttempt();
        failure = `cgroup ${place.v2 ?? ''} has processes that do not end within ${patience} s of SIGKILL`;
      }
    } catch (error) {
      failure = describeError(error);
    }
    onDone(failure);
  }
  function waitAndAttempt(): void {
    loop.after(pause, attempt);
    waited += pause;
    pause = Math.min(2 * pause, longestPause);
  }
  attempt();
}
