// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { isCgroupFrozen } from '../container/cgroup/freeze.ts';
import type { ContainerProcess, ContainerState } from './state-file.ts';
import { type Folder, gateName, hasFile, isBusy } from './store.ts';

/** runtime.md, State; "paused" is runc's and crun's word for a running container whose cgroup is frozen. */
export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** What the container is doing now, looked up anew: nothing that is kept could say it after a crash. */
export function statusOf(sys: Sys, folder: Folder, state: ContainerState): Status {
  if (state.process === undefined) return isBusy(sys, folder) ? 'creating' : 'stopped';
  if (!isAlive(sys, state.process)) return 'stopped';
  if (state.creating === true && isBusy(sys, folder)) return 'creating';
  if (state.cgroup !== undefined && isCgroupFrozen(sys, state.cgroup)) return 'paused';
  return hasFile(sys, folder, gateName) ? 'created' : 'running';
}

/** Whether the very process is there and has not ended: a pid alone may be another's by now. */
export function isAlive(sys: Sys, process: ContainerProcess): boolean {
  const found = readProcess(sys, process.pid);
  return found !== undefined && found.startTime === process.startTime && found.state !== 'Z' && found.state !== 'X';
}

/** What identifies a process that was just made. Throws an Error when it has ended and been reaped. */
export function identify(sys: Sys, pid: number): ContainerProcess {
  const found = readProcess(sys, pid);
  if (found === undefined) throw new Error(`process ${pid}: expected it to live, found none`);
  return { pid, startTime: found.startTime };
}

function readProcess(sys: Sys, pid: number): { readonly state: string; readonly startTime: number } | undefined {
  const text = readStat(sys, pid);
  if (text === undefined) return undefined;
  // The second field is the program's name, which may hold spaces and parentheses; the rest starts with the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: Number(fields[19]) };
}

function readStat(sys: Sys, pid: number): string | undefined {
  try {
    return readTextIfPresent(sys, `/proc/${pid}/stat`);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}
