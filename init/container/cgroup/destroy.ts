// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { SIGKILL } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { waitForEvent } from './events.ts';
import { killAll } from './kill.ts';
import { type CgroupPlace, foldersOf } from './place.ts';
import { removeTree } from './tree.ts';

/** Milliseconds that killed processes have to leave their cgroup. */
const patience = 10_000;

/**
 * Removes a container's cgroups and those that its processes made below them. The processes must be gone: what is left of
 * them is killed. Nothing happens when it is not there.
 */
export function destroyCgroup(sys: Sys, place: CgroupPlace): void {
  let killed = false;
  for (const folder of foldersOf(place))
    step(`remove cgroup ${folder}`, () => {
      if (removeIfEmpty(sys, folder)) return;
      if (!killed) killAll(sys, place, SIGKILL);
      killed = true;
      if (folder === place.v2) waitForEvent(sys, folder, 'populated 0', patience);
      removePatiently(sys, folder);
    });
}

/**
 * As destroyCgroup, without waiting for what it kills: false when some of that is still there, and it is to be called again.
 */
export function destroyCgroupIfEmpty(sys: Sys, place: CgroupPlace): boolean {
  const full = foldersOf(place).filter((folder) => !step(`remove cgroup ${folder}`, () => removeIfEmpty(sys, folder)));
  if (full.length > 0) killAll(sys, place, SIGKILL);
  return full.length === 0;
}

/**
 * Removes what was made of a place that was only planned: a folder with processes may be someone else's, and stays. A process
 * that was made for the container meanwhile is ending by itself, and is given a second.
 */
export function removeUnusedCgroup(sys: Sys, place: CgroupPlace): void {
  const pause = 10_000_000;
  for (const folder of foldersOf(place))
    for (let waited = 0; waited < 1e9 && !removeIfEmpty(sys, folder); waited += pause) sys.nanosleep(pause);
}

/** As destroyCgroup, while a failure is on its way to the caller: that is told, and not that the removal failed as well. */
export function discardCgroup(sys: Sys, place: CgroupPlace): void {
  try {
    destroyCgroup(sys, place);
  } catch {
    // The empty cgroup stays, and costs nothing.
  }
}

function removeIfEmpty(sys: Sys, folder: string): boolean {
  try {
    removeTree(sys, folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** A v1 hierarchy tells nobody when a killed process has left it. */
function removePatiently(sys: Sys, folder: string): void {
  let pause = 100_000;
  for (let waited = 0; waited < patience * 1e6; waited += pause) {
    if (removeIfEmpty(sys, folder)) return;
    sys.nanosleep(pause);
    pause = Math.min(pause * 2, 20_000_000);
  }
  removeTree(sys, folder);
}
