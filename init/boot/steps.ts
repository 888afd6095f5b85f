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

/** Runs boot steps and tells of them on the console. */
export interface Steps {
  /** Steps that belong together: one line says how long they took, and what they came to when `act` returns a text. */
  group<T>(name: string, act: () => T): T;
  /** The result of `act`; throws BootError when that throws. */
  required<T>(name: string, act: () => T): T;
  /** As required, but a system call that fails is a warning, and undefined comes back. */
  bestEffort<T>(name: string, act: () => T): T | undefined;
}

export function createSteps(sys: Sys, console: Console): Steps {
  return {
    group(name, act) {
      const before = sys.clockGettime(CLOCK_MONOTONIC);
      const result = act();
      const seconds = (sys.clockGettime(CLOCK_MONOTONIC) - before) / 1e9;
      console.line(`${name}: ${typeof result === 'string' ? result : 'done'} in ${seconds.toFixed(3)} s`);
      return result;
    },
    required(name, act) {
      try {
        return act();
      } catch (error) {
        throw new BootError(name, error);
      }
    },
    bestEffort(name, act) {
      try {
        return act();
      } catch (error) {
        if (errnoOf(error) === undefined) throw error;
        console.warn(`${name}: ${describeError(error)}`);
        return undefined;
      }
    },
  };
}
