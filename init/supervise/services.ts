// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract.ts';
import { CLOCK_MONOTONIC } from '../linux.ts';
import { logPath, type Outcome, type RunningContainer, startContainer } from './container.ts';
import type { Machine } from './machine.ts';

/** The services of the boot plan. */
export interface Services {
  /** Those that run now. */
  running(): readonly RunningContainer[];
  /** Starts no further one; those that run are left to the caller. */
  cancel(): void;
}

/**
 * Starts all services, one a turn of the loop: with many of them, or on a slow machine, logs are kept, processes reaped and
 * requests heard meanwhile. One that cannot be started or that ends later is told in one line; the others go on.
 * `onStarted` is called once, after the last; not after a cancel.
 */
export function startServices(machine: Machine, plans: readonly ContainerPlan[], onStarted: () => void): Services {
  const running = new Map<ContainerPlan, RunningContainer>();
  let cancelled = false;

  function start(plan: ContainerPlan): void {
    const before = machine.sys.clockGettime(CLOCK_MONOTONIC);
    const container = startContainer(machine, 'services', plan, (outcome) => {
      running.delete(plan);
      report(machine, plan, outcome);
    });
    if (container === undefined) return;
    running.set(plan, container);
    const seconds = (machine.sys.clockGettime(CLOCK_MONOTONIC) - before) / 1e9;
    machine.console.line(`service ${plan.name}: started in ${seconds.toFixed(3)} s, pid ${container.pid}`);
  }

  function startFrom(index: number): void {
    if (cancelled) return;
    const plan = plans[index];
    if (plan === undefined) {
      onStarted();
      return;
    }
    start(plan);
    machine.loop.after(0, () => startFrom(index + 1));
  }

  machine.loop.after(0, () => startFrom(0));
  return {
    running: () => [...running.values()],
    cancel() {
      cancelled = true;
    },
  };
}

function report(machine: Machine, plan: ContainerPlan, outcome: Outcome): void {
  const { status, console } = machine;
  const time = `${outcome.seconds.toFixed(3)} s`;
  const text = `service ${plan.name}: ${outcome.ok ? 'ended with exit code 0' : outcome.text} after ${time}`;
  if (outcome.ok || status.current().state === 'stopping') {
    console.line(text);
  } else {
    console.warn(`${text} (image ${plan.image}, log ${logPath('services', plan)})`);
  }
}
