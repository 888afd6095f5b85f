// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { killAll } from '../container/cgroup/kill.ts';
import { processes } from '../container/cgroup/processes.ts';
import { step } from '../container/step.ts';
import { SIGKILL, SIGTERM } from '../linux.ts';
import { signalNumber } from '../signal-names.ts';
import type { Sys } from '../sys.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { notRunningMessage, signalProcess } from './process-end.ts';
import type { ContainerState } from './state-file.ts';
import { statusOf } from './status.ts';
import { loadState, withFolder } from './store.ts';

const table = { all: { kind: 'flag', short: 'a' } } as const;

/** "kill ID [SIGNAL]": sends a signal, SIGTERM unless named, to the container's process, or with --all to all of its processes. */
export function kill(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const { options, operands } = parseArguments(words, table);
  const [id, name = '', ...others] = operands;
  if (id === undefined || others.length > 0)
    throw new UsageError(`expected one container id and a signal, found ${operands.length} words`);
  step(`kill "${id}"`, () => {
    const signal = parseSignal(name);
    // Not locked: a command that hangs must not keep the container from being killed.
    withFolder(sys, root, id, 'read', (folder) => {
      const state = loadState(sys, folder);
      const isStopped = statusOf(sys, folder, state) === 'stopped';
      if (options.all) return signalAll(sys, state, signal, isStopped);
      // The others live on when the container's own process has ended.
      const sharesPids = signal === SIGKILL && !state.ownsPids;
      if (isStopped && !(sharesPids && hasOthers(sys, state))) throw new Error(notRunningMessage);
      if (sharesPids) return signalAll(sys, state, signal, isStopped);
      signalProcess(sys, state, signal);
    });
  });
}

function hasOthers(sys: Sys, { cgroup }: ContainerState): boolean {
  return cgroup !== undefined && processes(sys, cgroup).length > 0;
}

/** By name with or without "SIG", or by number; 0 only asks whether the process is there (kill(2)). */
function parseSignal(name: string): number {
  const number = name === '' ? SIGTERM : /^[0-9]+$/.test(name) ? Number(name) : signalNumber(name);
  if (number === undefined) throw new Error(`expected a signal, found "${name}"`);
  return number;
}

/** Those that the process leaves behind are found by the cgroup; without one nobody knows them. */
function signalAll(sys: Sys, state: ContainerState, signal: number, isStopped: boolean): void {
  if (state.cgroup?.v2 === undefined && state.cgroup?.v1 === undefined) {
    if (!isStopped) signalProcess(sys, state, signal);
    return;
  }
  killAll(sys, state.cgroup, signal);
}
