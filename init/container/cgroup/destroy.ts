// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { SIGKILL } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { waitForEvent } from './events.ts';
import { killAll } from './kill.ts';
import type { CgroupPlace } from './place.ts';
import { removeTree } from './tree.ts';

/** Milliseconds that killed processes have to leave their cgroup. */
const patience = 10_000;

/**
 * Removes a container's cgroup and those that its processes made below it. The processes must be gone: what is left of
 * them is killed. Nothing happens when it is not there.
 */
export function destroyCgroup(sys: Sys, place: CgroupPlace): void {
  const { v2 } = place;
  if (v2 === undefined) return;
  step(`remove cgroup ${v2}`, () => {
    try {
      removeTree(sys, v2);
    } catch (error) {
      if (errnoOf(error) !== 'EBUSY') throw error;
      killAll(sys, place, SIGKILL);
      waitForEvent(sys, v2, 'populated 0', patience);
      removeTree(sys, v2);
    }
  });
}

/** As destroyCgroup, while a failure is on its way to the caller: that is told, and not that the removal failed as well. */
export function discardCgroup(sys: Sys, place: CgroupPlace): void {
  try {
    destroyCgroup(sys, place);
  } catch {
    // The empty cgroup stays, and costs nothing.
  }
}
