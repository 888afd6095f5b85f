// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { destroyCgroup, removeUnusedCgroup } from '../container/cgroup/destroy.ts';
import { runPoststopHooks } from '../container/hooks.ts';
import { releaseHostRoot } from '../container/host-root.ts';
import { step } from '../container/step.ts';
import { describeError } from '../files.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { hookState } from './hook-state.ts';
import type { Log } from './log.ts';
import { endProcesses } from './process-end.ts';
import type { ContainerState } from './state-file.ts';
import { statusOf } from './status.ts';
import { type Folder, loadState, missingMessage, removeFolder, withFolder } from './store.ts';

const table = { force: { kind: 'flag', short: 'f' } } as const;

/**
 * "delete ID": removes a container that has stopped or was never started, and all it had. With --force it is killed first,
 * whatever it is doing, and nothing is wrong when there is no such container.
 */
export function remove(sys: Sys, { root }: GlobalOptions, words: readonly string[], log: Log): void {
  const { options, operands } = parseArguments(words, table);
  const id = expectId(operands);
  step(`delete "${id}"`, () => {
    try {
      if (options.force) interrupt(sys, root, id);
      withFolder(sys, root, id, 'change', (folder) => removeFrom(sys, folder, id, options.force, log));
    } catch (error) {
      if (!options.force || describeError(error) !== missingMessage) throw error;
    }
  });
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

/**
 * Removes everything that a container had, its state last: whatever interrupts this, it can be done again. Then the poststop
 * hooks run.
 */
export function destroy(sys: Sys, folder: Folder, state: ContainerState, log: Log): void {
  if (state.process === undefined) {
    // It was interrupted before anything could be in the cgroup: what is in it is not the container's.
    if (state.cgroup !== undefined) removeUnusedCgroup(sys, state.cgroup);
  } else {
    endProcesses(sys, state);
    if (state.cgroup !== undefined) destroyCgroup(sys, state.cgroup);
  }
  if (state.rootMount !== undefined) releaseHostRoot(sys, state.rootfs, state.rootMount);
  removeFolder(sys, folder);
  if (state.poststop !== undefined) runPoststopHooks(sys, state, hookState(state, 'stopped'), (text) => log.warn(text));
}
