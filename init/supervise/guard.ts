// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError } from '../files.ts';
import type { Console } from './console.ts';

/** Calls `act`. False when that threw and PID 1 is to go on all the same. */
export type Guard = (act: () => void) => boolean;

/** Nothing is held back. */
export const unguarded: Guard = (act) => {
  act();
  return true;
};

/**
 * A fault in what one event led to is told, and is none of all others: nothing that a container does may end PID 1. Once
 * `isStopping`, it goes on to the C frame: the machine would stay on, half stopped.
 */
export function createGuard(console: Console, isStopping: () => boolean): Guard {
  return (act) => {
    try {
      act();
      return true;
    } catch (error) {
      if (isStopping()) throw error;
      const stack = error instanceof Error ? (error.stack ?? '') : '';
      console.warn(`init: FAULT: ${describeError(error)}\n${stack.trimEnd()}`);
      return false;
    }
  };
}
