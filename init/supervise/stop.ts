// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC, SIGTERM } from '../linux.ts';
import type { RunningContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { signalNumber } from '../signal-names.ts';

/** Seconds that containers get to end by themselves. */
const grace = 10;
/** Seconds after SIGKILL; a process in an uninterruptible call may not go at all. */
const afterKill = 2;
/** Seconds between looks at whether all are gone. Their ends come as events, so that the loop wakes up anyway. */
const interval = 0.05;

/**
 * Asks the containers that `running` names to end, each with the signal its image wants, and kills what is left when the
 * grace period is over. `onStopped` is called as soon as all are gone.
 */
export function stopContainers(
  machine: Machine,
  running: () => readonly RunningContainer[],
  onStopped: () => void,
): void {
  const { sys, loop, console } = machine;
  const now = (): number => sys.clockGettime(CLOCK_MONOTONIC) / 1e9;
  for (const container of running()) container.signal(signalNumber(container.plan.stopSignal ?? '') ?? SIGTERM);

  /** `until` is a time of the clock: counting the looks would give a busy machine more time the busier it is. */
  function look(until: number, onTimeout: () => void): void {
    if (running().length === 0) {
      onStopped();
    } else if (now() >= until) {
      onTimeout();
    } else {
      loop.after(interval, () => look(until, onTimeout));
    }
  }

  function killAll(): void {
    for (const container of running()) {
      console.warn(`${container.plan.name}: still running after ${grace} s, killed`);
      container.kill();
    }
    look(now() + afterKill, onStopped);
  }

  look(now() + grace, killAll);
}
