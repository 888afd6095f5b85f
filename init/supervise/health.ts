// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import type { HealthPlan } from '../contract/unit-plan.ts';
import { CLOCK_MONOTONIC } from '../linux.ts';
import type { RunningContainer } from './container.ts';
import type { CancelTimer } from './loop.ts';
import type { Machine } from './machine.ts';
import { listenToNotify } from './notify.ts';
import { startProbe } from './probe.ts';

/** What is told of a container that is checked. */
export interface Findings {
  healthy(): void;
  unhealthy(why: string): void;
  /** The service says this of itself. */
  says(text: string): void;
  /** The service asks for so many seconds from now, for what it is doing. */
  extend(seconds: number): void;
}

/** The checks of one run of a container. */
export interface Checks {
  /** It is being stopped, or is gone already. Called for both. */
  end(isGone: boolean): void;
}

/** Starts the checks that an entry's plan asks for. `socket` is that of openNotifySocket. */
export function startChecks(
  machine: Machine,
  plan: ContainerPlan,
  container: RunningContainer,
  socket: number | undefined,
  findings: Findings,
): Checks | undefined {
  const { health } = plan;
  if (health === undefined) return undefined;
  const { probe, startPeriod } = health;
  if (probe.kind !== 'notify') return probeAgainAndAgain(machine, health, probe, container, findings);
  return socket === undefined ? undefined : listenToNotify(machine, plan, socket, probe, startPeriod, findings);
}

/**
 * Docker's way: a probe a while after the last one's end, more often in the start period, where failures do not count until one
 * has passed.
 */
function probeAgainAndAgain(
  machine: Machine,
  { interval, timeout, retries, startPeriod, startInterval }: HealthPlan,
  probe: Parameters<typeof startProbe>[1],
  container: RunningContainer,
  findings: Findings,
): Checks {
  const { sys, loop } = machine;
  const now = (): number => sys.clockGettime(CLOCK_MONOTONIC) / 1e9;
  const startEnd = now() + startPeriod;
  let hasPassed = false;
  let failures = 0;
  let hasEnded = false;
  let cancelLast = (): boolean => true;
  let cancel: CancelTimer = waitForNext();

  function isStarting(): boolean {
    return !hasPassed && now() < startEnd;
  }

  function waitForNext(): CancelTimer {
    return loop.after(isStarting() ? startInterval : interval, run);
  }

  function run(): void {
    const counts = !isStarting();
    let isDone = false;
    const done = (failure: string | undefined): void => {
      if (isDone || hasEnded) return;
      isDone = true;
      cancel();
      hasPassed ||= failure === undefined;
      cancel = waitForNext();
      if (failure === undefined) pass();
      else if (counts) fail(failure);
    };
    // One that hangs in the kernel must not become a process and two descriptors more each time.
    if (!cancelLast()) return done('the one before is killed and does not end');
    const cancelProbe = startProbe(machine, probe, container, done);
    cancelLast = cancelProbe;
    if (isDone) return;
    const cancelTimeout = loop.after(timeout, () => done(`no answer within ${timeout} s`));
    cancel = () => {
      cancelTimeout();
      cancelProbe();
    };
  }

  function pass(): void {
    failures = 0;
    findings.healthy();
  }

  function fail(failure: string): void {
    failures += 1;
    if (failures < retries) return;
    findings.unhealthy(failures === 1 ? `the check failed: ${failure}` : `${failures} checks failed: ${failure}`);
  }

  return {
    end() {
      hasEnded = true;
      cancel();
    },
  };
}
