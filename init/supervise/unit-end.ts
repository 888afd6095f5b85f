// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What follows when a container has ended: another start, or none.

import type { RestartPlan, UnitPlan } from '../contract/unit-plan.ts';
import type { End, Step, Unit, UnitAct } from './unit.ts';

/** It ended by itself, or had to be ended. */
export function afterEnd(plan: UnitPlan, unit: Unit, end: End): Step {
  const result = end.ok ? 'done' : 'failed';
  if (unit.isLast === true) return ended(unit, result);
  if (!plan.isService) return once(plan, unit, result);
  const { condition, maxAttempts, window } = plan.restart;
  // One that is unhealthy is started again whatever the condition: `on_unhealthy: restart` says so.
  const wanted = unit.afterStop === 'retry' || (condition === 'on-failure' ? !end.ok : condition !== 'no');
  if (!wanted) return ended(unit, result);
  const failures = end.ran && end.seconds >= window ? 0 : unit.failures;
  if (maxAttempts !== undefined && failures >= maxAttempts) return giveUp(plan, unit);
  return {
    unit: { phase: 'delayed', failures: failures + 1, starts: unit.starts },
    acts: [{ do: 'timer', seconds: restartDelay(plan.restart, failures) }],
  };
}

function giveUp({ restart: { onGiveUp } }: UnitPlan, unit: Unit): Step {
  const action: readonly UnitAct[] = onGiveUp === 'leave' ? [] : [{ do: 'system', how: onGiveUp }];
  return { unit: { ...ended(unit, 'failed').unit, isGivenUp: true }, acts: [{ do: 'give up' }, ...action] };
}

function once({ onFailure }: UnitPlan, unit: Unit, result: 'done' | 'failed'): Step {
  const isFatal = result === 'failed' && onFailure !== 'continue';
  return { ...ended(unit, result), acts: isFatal ? [{ do: 'system', how: onFailure }] : [] };
}

/** Where it comes to rest. */
export function ended({ failures, starts, isLast }: Unit, result: 'done' | 'failed' | 'stopped'): Step {
  return { unit: { phase: 'ended', failures, starts, result, ...(isLast === undefined ? {} : { isLast }) }, acts: [] };
}

/** The same step, after which no timer runs but one that it sets. */
export function withCancel({ unit, acts }: Step): Step {
  return { unit, acts: [{ do: 'cancel timer' }, ...acts] };
}

/** Seconds before the restart after `failures` others in a row. */
export function restartDelay(plan: RestartPlan, failures: number): number {
  // Of a large power only the bound counts.
  return Math.min(plan.maxDelay, plan.delay * plan.backoff ** Math.min(failures, 64));
}
