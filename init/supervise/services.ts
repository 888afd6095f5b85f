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
}

/** Starts all services. One that cannot be started or that ends later is told in one line; the others go on. */
export function startServices(machine: Machine, plans: readonly ContainerPlan[]): Services {
  const running = new Map<ContainerPlan, RunningContainer>();
  for (const plan of plans) {
    const before = machine.sys.clockGettime(CLOCK_MONOTONIC);
    const container = startContainer(machine, 'services', plan, (outcome) => {
      running.delete(plan);
      report(machine, plan, outcome);
    });
    if (container === undefined) continue;
    running.set(plan, container);
    const seconds = (machine.sys.clockGettime(CLOCK_MONOTONIC) - before) / 1e9;
    machine.console.line(`service ${plan.name}: started in ${seconds.toFixed(3)} s, pid ${container.pid}`);
  }
  return { running: () => [...running.values()] };
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
