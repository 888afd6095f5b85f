// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootPlan } from '../contract/boot-plan.ts';
import type { BootTimes, ContainerStatus, PartitionStatus } from '../contract/status.ts';
import type { FailureAction } from '../contract/unit-plan.ts';
import { shutDown } from '../shutdown.ts';
import { recordBoot } from './boot-times.ts';
import { uptime } from './console.ts';
import { type Entry, titleOf } from './entry.ts';
import { showDiskScreen, showHaltScreen } from './halt-screen.ts';
import type { Machine } from './machine.ts';
import type { StopKind } from './signals.ts';
import { hasFailed } from './status.ts';
import { createUnits, type Units } from './units.ts';

/** How many entries the last line of the boot names; `tsctl ps` has all. */
const namedEntries = 10;

/** The system's containers from the first onboot entry to the end of the machine. */
export interface System {
  readonly units: Units;
  bootTimes(): BootTimes;
  /** Starts onboot entries and services, each when what it waits for is there. */
  boot(): void;
  /** Stops the machine in order. Only the first request counts. */
  stop(kind: StopKind, reason: string): void;
}

/** `startedAt` is when PID 1 started, in seconds of uptime. */
export function createSystem(machine: Machine, plan: BootPlan, startedAt: number): System {
  const { console, status, sys } = machine;
  const { onboot, services, onshutdown } = plan;
  const units = createUnits(machine, { onboot, services }, { onSettled: tellBooted, onSystem });
  const recorded = recordBoot(machine, units);
  let entriesAt = startedAt;
  let bootedAt: number | undefined;
  let isStopping = false;

  function tellBooted(): void {
    bootedAt = uptime(sys);
    const seconds = bootedAt - startedAt;
    status.booted(seconds);
    const count = units
      .list()
      .filter(({ section, container }) => section === 'services' && container !== undefined).length;
    const text = `booted in ${seconds.toFixed(3)} s, ${count} ${count === 1 ? 'service' : 'services'} running`;
    if (status.current().state === 'degraded') {
      console.warn(`tskit: degraded: ${text}${describeOthers(machine)}`);
    } else {
      console.line(`tskit: ${text}`);
    }
  }

  function onSystem(how: Exclude<FailureAction, 'continue'>, entry: Entry): void {
    switch (how) {
      case 'reboot':
      case 'poweroff':
        return stop(how, `the failure of ${titleOf(entry)}`);
      case 'halt':
      case 'emergency':
        return halt(how, entry);
    }
  }

  /** Nothing more is started. In an emergency what runs is stopped as well, so that nothing touches what may be broken. */
  function halt(how: 'halt' | 'emergency', entry: Entry): void {
    if (isStopping || entry.last === undefined) return;
    units.freeze();
    status.halted();
    showHaltScreen(machine, entry, entry.last, how);
    if (how === 'emergency') units.shutDown(() => console.line('tskit: everything is stopped'));
  }

  /** What `disk.on_failure` asks for, when a partition is not there; whether anything is started then. */
  function goesOnWithout(): boolean {
    const action = plan.disk?.onFailure ?? 'continue';
    const failed = failedPartitions(machine);
    if (action === 'continue' || failed.length === 0) return true;
    if (action === 'reboot' || action === 'poweroff') {
      stop(action, 'the failure of the disk');
      return false;
    }
    units.freeze();
    status.halted();
    showDiskScreen(machine, failed, action);
    return false;
  }

  function stop(kind: StopKind, reason: string): void {
    if (isStopping) return;
    isStopping = true;
    console.line(`tskit: ${kind} asked for by ${reason}`);
    shutDown(machine, kind, units, onshutdown);
  }

  return {
    units,
    bootTimes: () => ({
      version: 1,
      initAt: startedAt,
      entriesAt,
      ...(bootedAt === undefined ? {} : { bootedAt }),
      units: recorded(),
    }),
    boot() {
      entriesAt = uptime(sys);
      if (goesOnWithout()) units.start();
    },
    stop,
  };
}

function describeOthers(machine: Machine): string {
  const { onboot, services } = machine.status.current();
  const all = [...onboot, ...services];
  const waiting = all.filter(({ state }) => state === 'waiting');
  const partitions = failedPartitions(machine).map(({ label }) => ({ name: `partition ${label}` }));
  return `${names('failed', [...partitions, ...all.filter(hasFailed)])}${names('waiting', waiting)}`;
}

function failedPartitions({ status }: Machine): readonly PartitionStatus[] {
  return (status.current().partitions ?? []).filter(({ state }) => state === 'failed');
}

function names(title: string, entries: readonly Pick<ContainerStatus, 'name'>[]): string {
  if (entries.length === 0) return '';
  const more = entries.length - namedEntries;
  const named = entries.slice(0, namedEntries).map(({ name }) => name);
  return `, ${title}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
