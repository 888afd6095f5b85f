// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { JsonEvents } from './progress/json-events.ts';
import { LiveTree } from './progress/live-tree.ts';
import { PlainLines } from './progress/plain-lines.ts';
import type { Terminal } from './progress/terminal.ts';
import { Tracker } from './progress/tracker.ts';
import type { Reporter } from './reporter.ts';

export interface ProgressReporter extends Reporter {
  /** Leaves nothing that would be redrawn, so that the next line starts on clean ground. */
  settle(): void;
}

/**
 * Progress on stderr: on a terminal a live tree, elsewhere one plain line when a task ends. Notes and warnings are lines of
 * their own in both. `detailed` shows every task and what the cache had.
 */
export function createReporter(
  out: Terminal,
  env: NodeJS.ProcessEnv,
  now: () => number = Date.now,
  detailed = false,
): ProgressReporter {
  const live = out.isTTY === true && env['TERM'] !== 'dumb';
  const look = { colored: !env['NO_COLOR'], detailed };
  return reporterOf(
    new Tracker((stages) => (live ? new LiveTree(out, stages, look, now) : new PlainLines(out, stages, detailed)), now),
  );
}

/** Progress as events, for programs: one JSON object a line. */
export function createEventReporter(print: (line: string) => void, now: () => number = Date.now): ProgressReporter {
  return reporterOf(new Tracker((stages) => new JsonEvents(print, stages, now), now));
}

function reporterOf(tracker: Tracker): ProgressReporter {
  return { ...tracker.reporter(), settle: () => tracker.settle() };
}
