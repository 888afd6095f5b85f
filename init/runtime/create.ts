// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';
import { parseCreateArguments } from './create-options.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Log } from './log.ts';
import { makeContainer } from './new-container.ts';
import { readRequest } from './request.ts';

/** "create": makes a container that waits for "start", and leaves. */
export function create(sys: Sys, global: GlobalOptions, words: readonly string[], log: Log): void {
  const options = { ...parseCreateArguments(sys, words), gate: true, detach: true };
  makeContainer(sys, readRequest(sys, global, options, log), log);
}
