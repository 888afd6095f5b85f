// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, writeValue } from '../../files.ts';
import { SIGKILL } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { freezeCgroup, isCgroupFrozen, thawCgroup } from './freeze.ts';
import type { CgroupPlace } from './place.ts';
import { processes } from './processes.ts';

/**
 * Sends a signal to every process of the container. They are frozen meanwhile, so that none can make another that is
 * missed; SIGKILL is the kernel's own business where it has cgroup.kill (Linux 5.14). A frozen container stays frozen, but
 * for SIGKILL, which its processes would not get. Nothing happens when it has none.
 */
export function killAll(sys: Sys, place: CgroupPlace, signal: number): void {
  if (signal === SIGKILL && place.v2 !== undefined && killTree(sys, place.v2)) {
    if (isCgroupFrozen(sys, place)) thawCgroup(sys, place);
    return;
  }
  if (processes(sys, place).length > 0) signalFrozen(sys, place, signal);
}

function signalFrozen(sys: Sys, place: CgroupPlace, signal: number): void {
  const wasFrozen = isCgroupFrozen(sys, place);
  if (!wasFrozen) freezeCgroup(sys, place);
  try {
    const pids = processes(sys, place);
    // To the kernel 0 means the caller's own process group.
    const visible = pids.filter((pid) => pid > 0);
    for (const pid of visible) signalIfAlive(sys, pid, signal);
    if (visible.length < pids.length)
      throw new Error(
        `signal ${signal}: expected all processes to be in the runtime's PID namespace, found ${pids.length - visible.length} of ${pids.length} outside`,
      );
  } finally {
    if (!wasFrozen || signal === SIGKILL) thawCgroup(sys, place);
  }
}

/** Whether the kernel can: it may be too old, and a cgroup that is gone has nothing to kill. */
function killTree(sys: Sys, folder: string): boolean {
  return step(`kill cgroup ${folder}`, () => {
    try {
      writeValue(sys, `${folder}/cgroup.kill`, '1');
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EOPNOTSUPP') return false;
      throw error;
    }
  });
}

function signalIfAlive(sys: Sys, pid: number, signal: number): void {
  try {
    sys.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
