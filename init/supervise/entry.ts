// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan, DependencyPlan } from '../contract/container-plan.ts';
import type { Outcome, RunningContainer } from './container.ts';
import type { EntryState, Section } from './status.ts';
import type { Unit } from './unit.ts';

/** An entry of the boot plan, and how it stands. */
export interface Entry {
  readonly section: Section;
  readonly plan: ContainerPlan;
  readonly unit: Unit;
  /** It runs, or has run. */
  readonly wasStarted: boolean;
  readonly container: RunningContainer | undefined;
  /** How it ended the last time. */
  readonly last: Outcome | undefined;
  /** Why it is skipped. */
  readonly why: string | undefined;
  readonly says: string | undefined;
}

/** What messages call it: "service web", "onboot dhcp". */
export function titleOf({ section, plan }: Entry): string {
  return `${section === 'services' ? 'service' : section} ${plan.name}`;
}

/** It will not change by itself any more. */
export function isOver({ unit: { phase } }: Entry): boolean {
  return phase === 'ended' || phase === 'skipped';
}

/**
 * Whether what is waited for is there, may come or is not to be expected any more. As in Compose one that is unhealthy keeps nobody
 * waiting; one that is restarted for it is not unhealthy until that is over.
 */
export function standing(entry: Entry, condition: DependencyPlan['condition']): 'met' | 'open' | 'never' {
  const { unit, plan } = entry;
  if (isMet(entry, condition === 'healthy' && !plan.unit.isChecked ? 'started' : condition)) return 'met';
  if (condition === 'healthy' && unit.health === 'unhealthy') return 'never';
  return isOver(entry) ? 'never' : 'open';
}

function isMet(entry: Entry, condition: DependencyPlan['condition']): boolean {
  const { unit, wasStarted } = entry;
  switch (condition) {
    case 'started':
      return wasStarted;
    case 'healthy':
      return unit.health === 'healthy';
    case 'completed':
      return unit.phase === 'ended' && unit.result === 'done';
    case 'finished':
      return isOver(entry);
  }
}

/** Why what waited for it never will be started: "db failed". */
export function describeLoss({ plan: { name }, unit }: Entry): string {
  if (unit.phase === 'skipped') return `${name} is not started`;
  if (unit.phase === 'running') return `${name} is unhealthy`;
  return unit.result === 'done'
    ? `${name} has ended`
    : `${name} ${unit.result === 'stopped' ? 'was stopped' : 'failed'}`;
}

/** What others are told of it. */
export function stateOf(entry: Entry): EntryState {
  const { container, unit, last, why, says } = entry;
  const restarts = unit.starts - 1;
  return {
    ...(container === undefined ? lastRun(last) : { pid: container.pid, startedAt: container.startedAt }),
    state: nameOf(entry),
    ...(unit.isGivenUp && { givenUp: true }),
    ...(why === undefined ? {} : { error: why }),
    ...(unit.health === undefined ? {} : { health: unit.health }),
    ...(restarts > 0 ? { restarts } : {}),
    ...(says === undefined ? {} : { says }),
  };
}

function lastRun(last: Outcome | undefined): Omit<EntryState, 'state'> {
  if (last === undefined) return {};
  const { ok: _, ran: __, text: ___, ...run } = last;
  return run;
}

function nameOf({ unit, last }: Entry): EntryState['state'] {
  switch (unit.phase) {
    case 'delayed':
      return 'restarting';
    case 'ended':
      if (unit.result === 'stopped') return 'stopped';
      return last?.ran === false ? 'failed' : 'exited';
    default:
      return unit.phase;
  }
}
