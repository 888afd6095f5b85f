// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { becomeSubreaper, enterForeground, type Foreground } from '../container/terminal/foreground.ts';
import { describeError } from '../files.ts';
import type { Sys } from '../sys.ts';
import { endingOf, exitCodeOf } from '../ending.ts';
import { parseRunArguments } from './create-options.ts';
import { destroy } from './destroy.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Log } from './log.ts';
import { makeContainer, type NewContainer } from './new-container.ts';
import { type Request, readRequest } from './request.ts';
import { loadState, missingMessage, removeFolder, withFolder } from './store.ts';

/**
 * "run": makes a container and starts it. In the foreground it passes signals on, waits for the container's end, deletes it
 * unless it is to be kept, and returns its exit code; detached it returns 0 once the program runs.
 */
export function run(sys: Sys, global: GlobalOptions, words: readonly string[], log: Log): number {
  const options = parseRunArguments(sys, words);
  const request = readRequest(sys, global, { ...options, gate: false }, log);
  if (options.detach) {
    startNew(sys, request, log);
    return 0;
  }
  if (!options.noSubreaper) becomeSubreaper(sys);
  const foreground = enterForeground(sys);
  try {
    // With a console socket the terminal is someone else's to show.
    const shown = options.consoleSocket === undefined ? foreground : undefined;
    const { container } = startNew(sys, request, log, shown);
    const code = exitCodeOf(endingOf(foreground.wait(container)));
    if (!options.keep) deleteStopped(sys, global, options.id, log);
    return code;
  } finally {
    foreground.leave();
  }
}

function startNew(sys: Sys, request: Request, log: Log, foreground?: Foreground): NewContainer {
  const made = makeContainer(sys, request, log);
  try {
    attach(made, foreground);
    made.container.start();
  } catch (error) {
    removeFolder(sys, made.folder);
    throw error;
  }
  // Others may change it while it runs.
  sys.close(made.folder.fd);
  return made;
}

function attach({ container }: NewContainer, foreground: Foreground | undefined): void {
  if (container.terminal === undefined || foreground === undefined) return;
  try {
    foreground.attach(container.terminal);
  } catch (error) {
    container.abort();
    throw error;
  }
}

/** Somebody may have been quicker, with a "delete". */
function deleteStopped(sys: Sys, { root }: GlobalOptions, id: string, log: Log): void {
  try {
    withFolder(sys, root, id, 'change', (folder) => destroy(sys, folder, loadState(sys, folder), log));
  } catch (error) {
    if (describeError(error) !== missingMessage) throw error;
  }
}
