// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:os';
import { TskitError } from './errors.ts';

/**
 * A signal that Ctrl-C, SIGTERM and the end of the terminal abort, so that every stage stops and cleans up; `consequence`
 * tells the user what was left. A second one ends the process at once, for whatever hangs: what was to be removed at exit
 * still is.
 */
export function interruption(consequence: string | undefined): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      controller.abort(
        new TskitError('interrupted', `interrupted by ${name}`, consequence === undefined ? {} : { hint: consequence }),
      );
    });
  }
  return controller.signal;
}
