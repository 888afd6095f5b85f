// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC } from '../linux.ts';
import { describeError, errnoOf } from '../files.ts';
import type { Console } from '../supervise/console.ts';
import type { Sys } from '../sys.ts';

/** A boot step that the system cannot do without has failed. The message names the step, what it did and the errno. */
export class BootError extends Error {
  constructor(step: string, cause: unknown) {
    super(`${step}: ${describeError(cause)}`, { cause });
    this.name = 'BootError';
  }
}

/** Runs boot steps, each with a line on the console that says what it did and how long it took. */
export interface Steps {
  /** The result of `act`; throws BootError when that throws. What `act` returns is the line's text when it is one. */
  required<T>(name: string, act: () => T): T;
  /** As required, but a system call that fails is a warning, and undefined comes back. */
  bestEffort<T>(name: string, act: () => T): T | undefined;
}

export function createSteps(sys: Sys, console: Console): Steps {
  function timed<T>(name: string, act: () => T): T {
    const before = sys.clockGettime(CLOCK_MONOTONIC);
    const result = act();
    const seconds = (sys.clockGettime(CLOCK_MONOTONIC) - before) / 1e9;
    const what = typeof result === 'string' ? result : 'done';
    console.line(`${name}: ${what} in ${seconds.toFixed(3)} s`);
    return result;
  }

  return {
    required(name, act) {
      try {
        return timed(name, act);
      } catch (error) {
        throw new BootError(name, error);
      }
    },
    bestEffort(name, act) {
      try {
        return timed(name, act);
      } catch (error) {
        if (errnoOf(error) === undefined) throw error;
        console.warn(`${name}: ${describeError(error)}`);
        return undefined;
      }
    },
  };
}
