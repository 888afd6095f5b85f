// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import { describeError } from '../files.ts';
import type { Entry } from './entry.ts';
import type { Checks } from './health.ts';
import type { CancelTimer } from './loop.ts';
import type { Machine } from './machine.ts';
import { openNotifySocket } from './notify.ts';
import type { PlannedSections, Section } from './status.ts';
import { newUnit } from './unit.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An entry as units.ts keeps it, with what hangs on it. */
export interface Node extends Mutable<Entry> {
  /** Those that wait for it. */
  readonly dependents: { readonly node: Node; readonly restart: boolean }[];
  /** Somebody waits until it has ended. */
  isAwaited: boolean;
  isQueued: boolean;
  hasBeenOver: boolean;
  /** When it runs again those that ask for that are restarted. */
  restartsOthers: boolean;
  cancelTimer: CancelTimer | undefined;
  checks: Checks | undefined;
  readonly notifySocket: number | undefined;
  /** Called when it is not stopping. */
  waiters: (() => void)[];
}

/**
 * Whether an entry is about to reach what the boot waits for: a service that it is started, or healthy where that is checked; an
 * entry that runs once, or whose end others wait for, that it has ended. One that waits for such a one is on its way too, but needs
 * no count: the boot is not over while the other is.
 */
export function isOnItsWay({ unit: { phase, health }, plan, isAwaited }: Node): boolean {
  if (phase !== 'running' && phase !== 'stopping') return false;
  return !plan.unit.isService || isAwaited || health === 'starting';
}

/** Whether an entry holds back the stop of what it depends on: one that was killed in vain does not. */
export function isUp({ unit: { phase, kills = 0 } }: Node): boolean {
  return phase === 'running' || (phase === 'stopping' && kills < 2);
}

/** It was asked to end, and not killed yet. */
export function isInGrace({ unit: { phase, kills } }: Node): boolean {
  return phase === 'stopping' && kills === undefined;
}

/** All entries by id, in the order of the plan. */
export function createNodes(machine: Machine, sections: PlannedSections): ReadonlyMap<string, Node> {
  const nodes = (['onboot', 'services', 'onshutdown'] as const).flatMap((section: Section) =>
    (sections[section] ?? []).map(
      (plan): Node => ({
        section,
        plan,
        unit: newUnit,
        wasStarted: false,
        container: undefined,
        last: undefined,
        why: undefined,
        says: undefined,
        dependents: [],
        isAwaited: false,
        isQueued: false,
        hasBeenOver: false,
        restartsOthers: false,
        cancelTimer: undefined,
        checks: undefined,
        notifySocket: notifySocketOf(machine, plan),
        waiters: [],
      }),
    ),
  );
  const byId = new Map(nodes.map((node) => [node.plan.id, node]));
  link(nodes, byId);
  return byId;
}

function link(nodes: readonly Node[], byId: ReadonlyMap<string, Node>): void {
  for (const node of nodes) {
    for (const { on, condition, restart = false } of node.plan.after) {
      const other = byId.get(on);
      other?.dependents.push({ node, restart });
      if (other !== undefined && (condition === 'completed' || condition === 'finished')) other.isAwaited = true;
    }
  }
}

/** A container without its socket does not start, and says why. */
function notifySocketOf({ sys, console }: Machine, plan: ContainerPlan): number | undefined {
  if (plan.health?.probe.kind !== 'notify') return undefined;
  try {
    return openNotifySocket(sys, plan);
  } catch (error) {
    console.warn(`${plan.name}: notify: ${describeError(error)}`);
    return undefined;
  }
}
