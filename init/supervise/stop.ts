// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { SIGTERM } from '../linux.ts';
import type { RunningContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { signalNumber } from './signal-names.ts';

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
  const { loop, console } = machine;
  for (const container of running()) container.signal(signalNumber(container.plan.stopSignal ?? '') ?? SIGTERM);

  function look(left: number, onTimeout: () => void): void {
    if (running().length === 0) {
      onStopped();
    } else if (left <= 0) {
      onTimeout();
    } else {
      loop.after(interval, () => look(left - interval, onTimeout));
    }
  }

  function killAll(): void {
    for (const container of running()) {
      console.warn(`${container.plan.name}: still running after ${grace} s, killed`);
      container.kill();
    }
    look(afterKill, onStopped);
  }

  look(grace, killAll);
}
