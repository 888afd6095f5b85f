// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from './files.ts';
import { SIGCHLD, WNOHANG } from './linux.ts';
import type { Sys } from './sys.ts';

/** Seconds that disks get to take what was written; one that is dead must not keep the machine on. */
export const syncSeconds = 10;
const pauseSeconds = 0.01;

/**
 * Writes to disk what is not there yet. sync(2) does not return while a disk does not answer, and no signal ends it, so it
 * is called in a process of its own. False when that takes longer than `syncSeconds`, or there is no process to be had.
 */
export function syncDisks(sys: Sys): boolean {
  const pid = startSync(sys);
  if (pid === undefined) return false;
  for (let waited = 0; waited < syncSeconds; waited += pauseSeconds) {
    if (sys.wait4(pid, WNOHANG).pid === pid) return true;
    sys.nanosleep(pauseSeconds * 1e9);
  }
  return false;
}

function startSync(sys: Sys): number | undefined {
  let pid: number;
  try {
    ({ pid } = sys.clone3({ flags: 0, exitSignal: SIGCHLD }));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
  if (pid === 0) syncAndExit(sys);
  return pid;
}

/** The child: nothing of it may go on in the code that called the parent. */
function syncAndExit(sys: Sys): never {
  let code = 1;
  try {
    sys.sync();
    code = 0;
  } finally {
    sys.exit(code);
  }
}
