// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { runHooks } from '../container/hooks.ts';
import { type ListenerRequest, listenerRequest } from '../container/seccomp/seccomp-listener.ts';
import { openGate } from '../container/start-gate.ts';
import { step } from '../container/step.ts';
import type { RuntimeConfig } from '../contract/runtime-config.ts';
import { parseJson } from '../json.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import { destroy } from './destroy.ts';
import type { GlobalOptions } from './global-options.ts';
import { hookState } from './hook-state.ts';
import type { Log } from './log.ts';
import type { ContainerState } from './state-file.ts';
import { type Status, statusOf } from './status.ts';
import { type Folder, gateName, loadConfig, loadState, withFolder } from './store.ts';

/** "start ID": lets the program of a created container run; returns once it does. */
export function start(sys: Sys, { root }: GlobalOptions, words: readonly string[], log: Log): void {
  const id = expectId(parseArguments(words, {}).operands);
  step(`start "${id}"`, () =>
    withFolder(sys, root, id, 'change', (folder) => {
      const state = loadState(sys, folder);
      const status = statusOf(sys, folder, state);
      if (status !== 'created') throw new Error(refusals[status]);
      openGate(sys, `${folder.path}/${gateName}`).go(() => listenerOf(sys, folder, state));
      runPoststart(sys, folder, state, log);
    }),
  );
}

/** When a hook fails the container is destroyed (runtime.md, Lifecycle, steps 9 and 12). */
function runPoststart(sys: Sys, folder: Folder, state: ContainerState, log: Log): void {
  if (state.poststart === undefined) return;
  try {
    runHooks(sys, 'poststart', state, hookState(state, 'running'), { cwd: state.bundle });
  } catch (error) {
    destroy(sys, folder, state, log);
    throw error;
  }
}

/** Of a container whose configuration "create" has checked. */
function listenerOf(sys: Sys, folder: Folder, state: ContainerState): ListenerRequest {
  const { linux } = parseJson(loadConfig(sys, folder)) as unknown as RuntimeConfig;
  return listenerRequest(linux?.seccomp, state.process?.pid ?? 0, hookState(state, 'created'));
}

/** Runc's words. */
const refusals: Readonly<Record<Exclude<Status, 'created'>, string>> = {
  creating: 'cannot start a container in the creating state',
  paused: 'cannot start a container in the paused state',
  running: 'cannot start an already running container',
  stopped: 'cannot start a container that has stopped',
};
