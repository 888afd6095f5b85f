// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What one entry of the boot plan goes through, as a pure function: a state and an event give the next state and what is to be
// done. docs/supervision.md draws it.

import { afterKillSeconds, type UnitPlan } from '../contract/unit-plan.ts';
import type { AfterStop, End, Step, Unit, UnitAct, UnitEvent } from './unit.ts';
import { afterEnd, ended, withCancel } from './unit-end.ts';

/** Every event has a meaning in every state; one that changes nothing gives the same unit and no acts. */
export function stepUnit(plan: UnitPlan, unit: Unit, event: UnitEvent): Step {
  switch (event.kind) {
    case 'ready':
      return unit.phase === 'waiting' || unit.phase === 'skipped' ? onReady(plan, unit) : nothing(unit);
    case 'skip':
      return unit.phase === 'waiting' ? { unit: { ...unit, phase: 'skipped' }, acts: [] } : nothing(unit);
    case 'ended':
      return onEnded(plan, unit, event.end);
    case 'timer':
      return onTimer(plan, unit);
    case 'healthy':
    case 'unhealthy':
      return onHealth(plan, unit, event.kind);
    case 'start':
      return onStart(plan, unit);
    case 'restart':
      return unit.phase === 'running' && unit.isLast !== true ? stop(plan, unit, 'restart') : onStart(plan, unit);
    case 'stop':
      return onStop(plan, unit);
    case 'shutdown':
      return onShutdown(unit);
  }
}

function nothing(unit: Unit): Step {
  return { unit, acts: [] };
}

/** One that was skipped comes after all; not once the machine stops. */
function onReady(plan: UnitPlan, unit: Unit): Step {
  return unit.isLast === true ? nothing(unit) : launch(plan, unit);
}

/** Every start there is. */
function launch(plan: UnitPlan, { failures, starts }: Unit): Step {
  const unit: Unit = {
    phase: 'running',
    failures,
    starts: starts + 1,
    ...(plan.isChecked ? { health: 'starting' } : {}),
  };
  const timer: readonly UnitAct[] = plan.timeout === undefined ? [] : [{ do: 'timer', seconds: plan.timeout }];
  return { unit, acts: [...timer, { do: 'launch' }] };
}

/** Because somebody asked for it: earlier failures do not count any more. */
function launchAnew(plan: UnitPlan, unit: Unit): Step {
  return withCancel(launch(plan, { ...unit, failures: 0 }));
}

function stop(plan: UnitPlan, unit: Unit, afterStop: AfterStop): Step {
  const { health: _, ...rest } = unit;
  return {
    unit: { ...rest, phase: 'stopping', afterStop },
    acts: [{ do: 'signal' }, { do: 'timer', seconds: plan.stopGrace }],
  };
}

function onStart(plan: UnitPlan, unit: Unit): Step {
  if (unit.isLast === true) return nothing(unit);
  switch (unit.phase) {
    case 'waiting':
    case 'running':
      return nothing(unit);
    case 'stopping':
      return { unit: { ...unit, afterStop: 'restart' }, acts: [] };
    case 'delayed':
    case 'ended':
    case 'skipped':
      return launchAnew(plan, unit);
  }
}

function onStop(plan: UnitPlan, unit: Unit): Step {
  switch (unit.phase) {
    case 'running':
      return stop(plan, unit, 'stop');
    case 'stopping':
      return { unit: { ...unit, afterStop: 'stop' }, acts: [] };
    case 'waiting':
    case 'delayed':
      return withCancel(ended(unit, 'stopped'));
    case 'ended':
    case 'skipped':
      return nothing(unit);
  }
}

function onShutdown(unit: Unit): Step {
  const last: Unit = { ...unit, isLast: true };
  switch (unit.phase) {
    case 'waiting':
    case 'delayed':
      return withCancel(ended(last, 'stopped'));
    case 'stopping':
      return { unit: { ...last, afterStop: 'stop' }, acts: [] };
    case 'running':
    case 'ended':
    case 'skipped':
      return { unit: last, acts: [] };
  }
}

function onTimer(plan: UnitPlan, unit: Unit): Step {
  switch (unit.phase) {
    case 'running':
      return plan.timeout === undefined ? nothing(unit) : stop(plan, unit, 'fail');
    case 'stopping': {
      // Until it is gone, at ever longer intervals.
      const kills = (unit.kills ?? 0) + 1;
      return { unit: { ...unit, kills }, acts: [{ do: 'kill' }, { do: 'timer', seconds: afterKillSeconds * kills }] };
    }
    case 'delayed':
      return launch(plan, unit);
    case 'waiting':
    case 'ended':
    case 'skipped':
      return nothing(unit);
  }
}

function onHealth(plan: UnitPlan, unit: Unit, health: 'healthy' | 'unhealthy'): Step {
  if (unit.phase !== 'running' || !plan.isChecked || unit.health === health) return nothing(unit);
  const next: Step = { unit: { ...unit, health }, acts: [] };
  if (health === 'healthy' || unit.isLast === true) return next;
  switch (plan.onUnhealthy) {
    case 'restart':
      return stop(plan, unit, 'retry');
    case 'reboot':
      return { ...next, acts: [{ do: 'system', how: 'reboot' }] };
    case 'ignore':
      return next;
  }
}

function onEnded(plan: UnitPlan, unit: Unit, end: End): Step {
  if (unit.phase === 'running') return withCancel(afterEnd(plan, unit, end));
  if (unit.phase !== 'stopping') return nothing(unit);
  switch (unit.afterStop) {
    case 'restart':
      return launchAnew(plan, unit);
    case 'retry':
    case 'fail':
      return withCancel(afterEnd(plan, unit, { ...end, ok: false }));
    default:
      return withCancel(ended(unit, 'stopped'));
  }
}
