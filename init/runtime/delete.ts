// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { step } from '../container/step.ts';
import { describeError } from '../files.ts';
import type { Sys } from '../sys.ts';
import { expectOperands, parseArguments } from './arguments.ts';
import { destroy } from './destroy.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Log } from './log.ts';
import { endProcesses } from './process-end.ts';
import type { ContainerState } from './state-file.ts';
import { statusOf } from './status.ts';
import { containerIds, type Folder, loadState, missingMessage, removeFolder, withFolder } from './store.ts';

const table = { force: { kind: 'flag', short: 'f' }, regex: { kind: 'flag', short: 'r' } } as const;

/**
 * "delete ID": removes a container that has stopped or was never started, and all it had. With --force it is killed first,
 * whatever it is doing, and nothing is wrong when there is no such container. With --regex, as crun has it, all whose ids
 * match are removed.
 */
export function remove(sys: Sys, { root }: GlobalOptions, words: readonly string[], log: Log): void {
  const { options, operands } = parseArguments(words, table);
  const [word = ''] = expectOperands(operands, options.regex ? 'one pattern' : 'one container id');
  const ids = options.regex ? containerIds(sys, root).filter((id) => new RegExp(word).test(id)) : [word];
  for (const id of ids) step(`delete "${id}"`, () => removeOne(sys, root, id, options.force, log));
}

function removeOne(sys: Sys, root: string, id: string, force: boolean, log: Log): void {
  try {
    if (force) interrupt(sys, root, id);
    withFolder(sys, root, id, 'change', (folder) => removeFrom(sys, folder, id, force, log));
  } catch (error) {
    if (!force || describeError(error) !== missingMessage) throw error;
  }
}

/** A folder without a state is what is left of a "create" that was killed at once: nothing else exists of the container. */
function loadOrClear(sys: Sys, folder: Folder): ContainerState {
  try {
    return loadState(sys, folder);
  } catch (error) {
    if (describeError(error) === missingMessage) removeFolder(sys, folder);
    throw error;
  }
}

/** Ends the processes without the lock: the command that holds it may wait for one of them. */
function interrupt(sys: Sys, root: string, id: string): void {
  try {
    withFolder(sys, root, id, 'read', (folder) => {
      const state = loadState(sys, folder);
      if (state.process !== undefined) endProcesses(sys, state);
    });
  } catch (error) {
    if (describeError(error) !== missingMessage) throw error;
  }
}

function removeFrom(sys: Sys, folder: Folder, id: string, force: boolean, log: Log): void {
  const state = loadOrClear(sys, folder);
  const status = statusOf(sys, folder, state);
  if (!force && status !== 'stopped' && status !== 'created')
    throw new Error(`cannot delete container ${id} that is not stopped: ${status}`);
  destroy(sys, folder, state, log);
}
