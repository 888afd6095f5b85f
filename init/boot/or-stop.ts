// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stopKernel } from '../shutdown.ts';
import type { Console } from '../supervise/console.ts';
import type { StopKind } from '../supervise/signals.ts';
import type { Sys } from '../sys.ts';
import { BootError } from './steps.ts';

/** Before the machine stops: long enough to read on a screen why. */
const secondsToRead = 3;

/** The result of `act`; a boot step that failed in it stops the machine. */
export function orStop<T>(sys: Sys, console: Console, panic: StopKind, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    console.warn(`init: ${error.message}`);
    console.warn(`init: the system cannot start: ${panic}`);
    console.drain(1);
    if (panic !== 'halt') sys.nanosleep(secondsToRead * 1e9);
    stopKernel(sys, panic);
    throw error;
  }
}
