// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootPlan } from '../contract/boot-plan.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import { statusPath } from '../contract/paths.ts';
import type { ContainerStatus, PartitionStatus, SystemStatus } from '../contract/status.ts';
import { describeError, errnoOf, replaceText } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { CancelTimer, Loop } from './loop.ts';

/** The three lists of the boot plan. */
export type Section = 'onboot' | 'services' | 'onshutdown';

/** Entries by their list, in its order. */
export type PlannedSections = Partial<Readonly<Record<Section, readonly ContainerPlan[]>>>;

/** Seconds that changes of entries wait for others: each writes the whole file, and there may be hundreds at once. */
const writeDelay = 0.05;

/** What is known of an entry beside what its plan says. */
export type EntryState = Omit<ContainerStatus, 'id' | 'name' | 'image'>;

/** What is known of the system, kept in statusPath as well. */
export interface Status {
  current(): SystemStatus;
  /** Replaces what is known of one entry; the file follows a moment later. The other changes are in it at once. */
  set(plan: ContainerPlan, entry: EntryState): void;
  of(plan: ContainerPlan): ContainerStatus | undefined;
  /** No entry is on its way any more. */
  booted(seconds: number): void;
  halted(): void;
  stopping(): void;
}

/** Everything waits at first. A status file that cannot be written is told once, and the system goes on. */
export function createStatus(
  sys: Sys,
  loop: Loop,
  console: Console,
  plan: BootPlan,
  partitions?: readonly PartitionStatus[],
): Status {
  const entries = new Map<ContainerPlan, ContainerStatus>();
  for (const entry of [...plan.onboot, ...plan.services, ...plan.onshutdown]) {
    entries.set(entry, identified(entry, { state: 'waiting' }));
  }
  let phase: 'booting' | 'booted' | 'halted' | 'stopping' = 'booting';
  let bootSeconds: number | undefined;
  let told = false;
  let cancelWrite: CancelTimer | undefined;

  function list(section: Section): ContainerStatus[] {
    return plan[section].flatMap((entry) => entries.get(entry) ?? []);
  }

  function current(): SystemStatus {
    const lists = { onboot: list('onboot'), services: list('services'), onshutdown: list('onshutdown') };
    const all = [...lists.onboot, ...lists.services];
    const isWell =
      all.every((entry) => !hasFailed(entry) && entry.state !== 'waiting') &&
      partitions?.some(({ state }) => state === 'failed') !== true;
    const state = phase !== 'booted' ? phase : isWell ? 'running' : 'degraded';
    return {
      version: 1,
      state,
      ...(bootSeconds === undefined ? {} : { bootSeconds }),
      ...lists,
      ...(partitions && { partitions }),
    };
  }

  function write(): void {
    cancelWrite?.();
    cancelWrite = undefined;
    try {
      replaceText(sys, statusPath, `${JSON.stringify(current())}\n`, 0o644);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (!told) console.warn(`status: ${describeError(error)}`);
      told = true;
    }
  }

  function enter(next: typeof phase): void {
    phase = next;
    write();
  }

  return {
    current,
    of: (plan) => entries.get(plan),
    set(plan, entry) {
      entries.set(plan, identified(plan, entry));
      cancelWrite ??= loop.after(writeDelay, write);
    },
    booted(seconds) {
      bootSeconds = Math.round(seconds * 1000) / 1000;
      enter('booted');
    },
    halted: () => enter('halted'),
    stopping: () => enter('stopping'),
  };
}

function identified({ id, name, image }: ContainerPlan, entry: EntryState): ContainerStatus {
  return { id, name, image, ...entry };
}

/**
 * Whether an entry makes the system degraded. One that ended with exit code 0 does not, unless it was given up, nor one that ended as
 * somebody asked for it.
 */
export function hasFailed({ state, exitCode, health, givenUp }: ContainerStatus): boolean {
  if (state === 'exited') return exitCode !== 0 || givenUp === true;
  return state === 'failed' || state === 'skipped' || state === 'restarting' || health === 'unhealthy';
}
