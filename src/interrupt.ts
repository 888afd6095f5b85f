// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from './errors.ts';

/** signal(7): the same on every architecture of Linux. */
const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * A signal that Ctrl-C, SIGTERM and the end of the terminal abort, so that every stage stops and cleans up; `consequence`
 * tells the user what was left. A second one ends the process at once, for whatever hangs: what was to be removed at exit
 * still is.
 */
export function interruption(consequence: string | undefined): AbortSignal {
  const controller = new AbortController();
  for (const [name, number] of Object.entries(signals)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(
        new TskitError('interrupted', `interrupted by ${name}`, consequence === undefined ? {} : { hint: consequence }),
      );
    });
  }
  return controller.signal;
}
