// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { freezeCgroup, thawCgroup } from '../container/cgroup/freeze.ts';
import { step } from '../container/step.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { notRunningMessage } from './process-end.ts';
import { statusOf } from './status.ts';
import { loadState, withFolder } from './store.ts';

/** "pause ID": stops all processes of a container where they are, until "resume". */
export function pause(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const id = expectId(parseArguments(words, {}).operands);
  step(`pause "${id}"`, () =>
    withFolder(sys, root, id, 'change', (folder) => {
      const state = loadState(sys, folder);
      const status = statusOf(sys, folder, state);
      if (status !== 'running' && status !== 'created') throw new Error(notRunningMessage);
      freezeCgroup(sys, state.cgroup ?? {});
    }),
  );
}

/** "resume ID": lets a paused container's processes run again. */
export function resume(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const id = expectId(parseArguments(words, {}).operands);
  step(`resume "${id}"`, () =>
    withFolder(sys, root, id, 'change', (folder) => {
      const state = loadState(sys, folder);
      if (statusOf(sys, folder, state) !== 'paused') throw new Error('container not paused');
      thawCgroup(sys, state.cgroup ?? {});
    }),
  );
}
