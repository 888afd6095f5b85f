// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What one entry of the boot plan goes through, as a pure function: a state and an event give the next state and what is to be
// done. docs/supervision.md draws it.

import { afterKillSeconds, type FailureAction, type RestartPlan, type UnitPlan } from '../contract.ts';

export type Health = 'starting' | 'healthy' | 'unhealthy';

/** How a container came to its end. `ran` is false when it could not be started. */
export interface End {
  readonly ok: boolean;
  readonly ran: boolean;
  /** Seconds that it ran. */
  readonly seconds: number;
}

/** What a container that is being stopped does when it has ended. */
type AfterStop = 'stop' | 'restart' | 'retry' | 'fail';

/** The state of an entry. `failures` are those in a row, `restarts` all there were. */
export interface Unit {
  readonly phase: 'waiting' | 'running' | 'stopping' | 'delayed' | 'ended' | 'skipped';
  readonly health?: Health;
  readonly afterStop?: AfterStop;
  /** It was killed, as it did not end within its grace. */
  readonly killed?: boolean;
  readonly failures: number;
  readonly restarts: number;
  /** Of one that ended: whether that was well, or because somebody asked for it. */
  readonly result?: 'done' | 'failed' | 'stopped';
}

export const newUnit: Unit = { phase: 'waiting', failures: 0, restarts: 0 };

export type UnitEvent =
  /** All that it depends on is there. */
  | { readonly kind: 'ready' }
  /** Something that it depends on has failed. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'ended'; readonly end: End }
  /** Its timer is due. */
  | { readonly kind: 'timer' }
  | { readonly kind: 'healthy' }
  | { readonly kind: 'unhealthy' }
  /** Asked for by somebody. */
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'restart' }
  /** The machine stops. */
  | { readonly kind: 'shutdown' };

/** What is to be done, in order. Setting a timer takes the place of the one before. */
export type UnitAct =
  | { readonly do: 'launch' }
  /** The stop signal. */
  | { readonly do: 'signal' }
  | { readonly do: 'kill' }
  | { readonly do: 'timer'; readonly seconds: number }
  | { readonly do: 'cancel timer' }
  /** It will not be started again although it should be. */
  | { readonly do: 'give up' }
  | { readonly do: 'system'; readonly how: Exclude<FailureAction, 'continue'> };

export interface Step {
  readonly unit: Unit;
  readonly acts: readonly UnitAct[];
}

/** Every event has a meaning in every state; one that changes nothing gives the same unit and no acts. */
export function stepUnit(plan: UnitPlan, unit: Unit, event: UnitEvent): Step {
  switch (event.kind) {
    case 'ready':
      return unit.phase === 'waiting' ? launch(plan, unit) : nothing(unit);
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
      return unit.phase === 'running' ? stop(plan, unit, 'restart') : onStart(plan, unit);
    case 'stop':
    case 'shutdown':
      return onStop(plan, unit);
  }
}

function nothing(unit: Unit): Step {
  return { unit, acts: [] };
}

function launch(plan: UnitPlan, { failures, restarts }: Unit): Step {
  const unit: Unit = { phase: 'running', failures, restarts, ...(plan.isChecked ? { health: 'starting' } : {}) };
  const timer: readonly UnitAct[] = plan.timeout === undefined ? [] : [{ do: 'timer', seconds: plan.timeout }];
  return { unit, acts: [...timer, { do: 'launch' }] };
}

/** Started once more: of its own accord or somebody's. */
function relaunch(plan: UnitPlan, unit: Unit): Step {
  return launch(plan, { ...unit, restarts: unit.restarts + 1 });
}

function stop(plan: UnitPlan, unit: Unit, afterStop: AfterStop): Step {
  const { health: _, ...rest } = unit;
  return {
    unit: { ...rest, phase: 'stopping', afterStop },
    acts: [{ do: 'signal' }, { do: 'timer', seconds: plan.stopGrace }],
  };
}

function onStart(plan: UnitPlan, unit: Unit): Step {
  switch (unit.phase) {
    case 'waiting':
    case 'running':
      return nothing(unit);
    case 'stopping':
      return { unit: { ...unit, afterStop: 'restart' }, acts: [] };
    case 'delayed':
    case 'ended':
    case 'skipped':
      return withCancel(relaunch(plan, { ...unit, failures: 0 }));
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

function onTimer(plan: UnitPlan, unit: Unit): Step {
  switch (unit.phase) {
    case 'running':
      // Only one that runs once has a timer then: its time is over.
      return stop(plan, unit, 'fail');
    case 'stopping':
      return { unit: { ...unit, killed: true }, acts: [{ do: 'kill' }, { do: 'timer', seconds: afterKillSeconds }] };
    case 'delayed':
      return relaunch(plan, unit);
    default:
      return nothing(unit);
  }
}

function onHealth(plan: UnitPlan, unit: Unit, health: 'healthy' | 'unhealthy'): Step {
  if (unit.phase !== 'running') return nothing(unit);
  const next: Step = { unit: { ...unit, health }, acts: [] };
  if (health === 'healthy' || unit.health === 'unhealthy') return next;
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
      return withCancel(relaunch(plan, { ...unit, failures: 0 }));
    case 'retry':
    case 'fail':
      return withCancel(afterEnd(plan, unit, { ...end, ok: false }));
    default:
      return withCancel(ended(unit, 'stopped'));
  }
}

/** It ended by itself, or had to be ended. */
function afterEnd(plan: UnitPlan, unit: Unit, end: End): Step {
  if (!plan.isService) return once(plan, unit, end);
  const { condition, maxAttempts, onGiveUp } = plan.restart;
  // One that is unhealthy is started again whatever the condition: `on_unhealthy: restart` says so.
  const wanted = unit.afterStop === 'retry' || (condition === 'on-failure' ? !end.ok : condition !== 'no');
  if (!wanted) return ended(unit, end.ok ? 'done' : 'failed');
  const failures = end.ran && end.seconds >= plan.restart.window ? 0 : unit.failures;
  if (maxAttempts !== undefined && failures >= maxAttempts) {
    const action: readonly UnitAct[] = onGiveUp === 'leave' ? [] : [{ do: 'system', how: onGiveUp }];
    return { ...ended(unit, 'failed'), acts: [{ do: 'give up' }, ...action] };
  }
  return {
    unit: { phase: 'delayed', failures: failures + 1, restarts: unit.restarts },
    acts: [{ do: 'timer', seconds: restartDelay(plan.restart, failures) }],
  };
}

function once(plan: UnitPlan, unit: Unit, end: End): Step {
  if (end.ok) return ended(unit, 'done');
  const action: readonly UnitAct[] = plan.onFailure === 'continue' ? [] : [{ do: 'system', how: plan.onFailure }];
  return { ...ended(unit, 'failed'), acts: action };
}

function ended({ failures, restarts }: Unit, result: 'done' | 'failed' | 'stopped'): Step {
  return { unit: { phase: 'ended', failures, restarts, result }, acts: [] };
}

function withCancel({ unit, acts }: Step): Step {
  return { unit, acts: [{ do: 'cancel timer' }, ...acts] };
}

/** Seconds before the restart after `failures` others in a row. */
export function restartDelay(plan: RestartPlan, failures: number): number {
  // Of a large power only the bound counts.
  return Math.min(plan.maxDelay, plan.delay * plan.backoff ** Math.min(failures, 64));
}
