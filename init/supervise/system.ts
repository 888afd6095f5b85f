// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootPlan } from '../contract.ts';
import { shutDown } from '../shutdown.ts';
import { uptime } from './console.ts';
import type { RunningContainer } from './container.ts';
import { showHaltScreen } from './halt-screen.ts';
import type { Machine } from './machine.ts';
import { runSequence, type Sequence, type SequenceEnd } from './sequence.ts';
import { type Services, startServices } from './services.ts';
import type { StopKind } from './signals.ts';
import { hasFailed } from './status.ts';

/** How many entries that failed the last line of the boot names; `tsctl status` has all. */
const namedFailures = 10;

/** The system's containers from the first onboot entry to the end of the machine. */
export interface System {
  /** Runs onboot entries, then starts services. */
  boot(): void;
  /** Stops the machine in order. Only the first request counts. */
  stop(kind: StopKind, reason: string): void;
}

/** `startedAt` is when PID 1 started, in seconds of uptime. */
export function createSystem(machine: Machine, plan: BootPlan, startedAt: number): System {
  const { console, status, sys } = machine;
  let onboot: Sequence | undefined;
  let services: Services | undefined;
  let stopping = false;

  function running(): readonly RunningContainer[] {
    const entry = onboot?.running();
    return [...(entry === undefined ? [] : [entry]), ...(services?.running() ?? [])];
  }

  function onOnbootEnd(end: SequenceEnd): void {
    if (end !== 'done') {
      status.halted();
      showHaltScreen(machine, end.plan, end.outcome);
      return;
    }
    const started = startServices(machine, plan.services, () => tellBooted(started));
    services = started;
  }

  function tellBooted(started: Services): void {
    const seconds = uptime(sys) - startedAt;
    status.booted(seconds);
    const count = started.running().length;
    const text = `booted in ${seconds.toFixed(3)} s, ${count} ${count === 1 ? 'service' : 'services'} running`;
    if (status.current().state === 'degraded') {
      console.warn(`tskit: degraded: ${text}, ${describeFailed(machine)}`);
    } else {
      console.line(`tskit: ${text}`);
    }
  }

  return {
    boot() {
      onboot = runSequence(machine, 'onboot', plan.onboot, onOnbootEnd);
    },
    stop(kind, reason) {
      if (stopping) return;
      stopping = true;
      console.line(`tskit: ${kind} asked for by ${reason}`);
      onboot?.cancel();
      services?.cancel();
      shutDown(machine, kind, running, plan.onshutdown);
    },
  };
}

function describeFailed(machine: Machine): string {
  const { onboot, services } = machine.status.current();
  const failed = [...onboot, ...services].filter(hasFailed).map((entry) => entry.name);
  const more = failed.length - namedFailures;
  return `failed: ${failed.slice(0, namedFailures).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
