// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BootPlan, type ContainerPlan, type ContainerStatus, statusPath, type SystemStatus } from '../contract.ts';
import { describeError, errnoOf, replaceText } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { CancelTimer, Loop } from './loop.ts';

/** The three lists of the boot plan. */
export type Section = 'onboot' | 'services' | 'onshutdown';

/** Seconds that changes of entries wait for others: each writes the whole file, and there may be hundreds at once. */
const writeDelay = 0.05;

/** What is known of the system, kept in statusPath as well. */
export interface Status {
  current(): SystemStatus;
  /** Replaces what is known of one entry; the file follows a moment later. The other changes are in it at once. */
  set(plan: ContainerPlan, entry: Omit<ContainerStatus, 'name' | 'image'>): void;
  /** All services were started. */
  booted(seconds: number): void;
  halted(): void;
  stopping(): void;
}

/** Everything waits at first. A status file that cannot be written is told once, and the system goes on. */
export function createStatus(sys: Sys, loop: Loop, console: Console, plan: BootPlan): Status {
  const entries = new Map<ContainerPlan, ContainerStatus>();
  for (const entry of [...plan.onboot, ...plan.services, ...plan.onshutdown]) {
    entries.set(entry, { name: entry.name, image: entry.image, state: 'waiting' });
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
    const healthy = [...lists.onboot, ...lists.services].every((entry) => !hasFailed(entry));
    const state = phase !== 'booted' ? phase : healthy ? 'running' : 'degraded';
    return { version: 1, state, ...(bootSeconds === undefined ? {} : { bootSeconds }), ...lists };
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
    set(plan, entry) {
      entries.set(plan, { name: plan.name, image: plan.image, ...entry });
      cancelWrite ??= loop.after(writeDelay, write);
    },
    booted(seconds) {
      bootSeconds = seconds;
      enter('booted');
    },
    halted: () => enter('halted'),
    stopping: () => enter('stopping'),
  };
}

/** Whether an entry makes the system degraded: it could not be started, or ended otherwise than with exit code 0. */
export function hasFailed(entry: ContainerStatus): boolean {
  return entry.state === 'failed' || (entry.state === 'exited' && entry.exitCode !== 0);
}
