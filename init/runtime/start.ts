// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { openGate } from '../container/start-gate.ts';
import { step } from '../container/step.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { type Status, statusOf } from './status.ts';
import { gateName, loadState, withFolder } from './store.ts';

/** "start ID": lets the program of a created container run; returns once it does. */
export function start(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const id = expectId(parseArguments(words, {}).operands);
  step(`start "${id}"`, () =>
    withFolder(sys, root, id, 'change', (folder) => {
      const status = statusOf(sys, folder, loadState(sys, folder));
      if (status !== 'created') throw new Error(refusals[status]);
      openGate(sys, `${folder.path}/${gateName}`).go();
    }),
  );
}

/** Runc's words. */
const refusals: Readonly<Record<Exclude<Status, 'created'>, string>> = {
  creating: 'cannot start a container in the creating state',
  paused: 'cannot start a container in the paused state',
  running: 'cannot start an already running container',
  stopped: 'cannot start a container that has stopped',
};
