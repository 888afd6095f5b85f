// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What one entry of the boot plan goes through, as a pure function: a state and an event give the next state and what is to be
// done. docs/supervision.md draws it.

import { afterKillSeconds, type FailureAction, type RestartPlan, type UnitPlan } from '../contract.ts';

/** What the checks of a running container came to. */
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

/** The state of an entry. */
export interface Unit {
  readonly phase: 'waiting' | 'running' | 'stopping' | 'delayed' | 'ended' | 'skipped';
  /** Of one that runs and is checked. */
  readonly health?: Health;
  /** Of one that is being stopped. */
  readonly afterStop?: AfterStop;
  /** How often it was killed, as it did not end within its grace. */
  readonly kills?: number;
  /** Restarts in a row after failures. */
  readonly failures: number;
  /** How often it was started or tried to be. */
  readonly starts: number;
  /** Of one that ended: whether that was well, or because somebody asked for it. */
  readonly result?: 'done' | 'failed' | 'stopped';
  /** The machine stops: it is never started again. */
  readonly isLast?: boolean;
}

/** Where every entry begins. */
export const newUnit: Unit = { phase: 'waiting', failures: 0, starts: 0 };

export type UnitEvent =
  /** All that it depends on is there, maybe after it was skipped. */
  | { readonly kind: 'ready' }
  /** Something that it depends on has failed or is unhealthy. */
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
  /** The machine stops: nothing is started from now on. What runs does so until its `stop` comes, after that of its dependents. */
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

/** It ended by itself, or had to be ended. */
function afterEnd(plan: UnitPlan, unit: Unit, end: End): Step {
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
  return { ...ended(unit, 'failed'), acts: [{ do: 'give up' }, ...action] };
}

function once({ onFailure }: UnitPlan, unit: Unit, result: 'done' | 'failed'): Step {
  const isFatal = result === 'failed' && onFailure !== 'continue';
  return { ...ended(unit, result), acts: isFatal ? [{ do: 'system', how: onFailure }] : [] };
}

function ended({ failures, starts, isLast }: Unit, result: 'done' | 'failed' | 'stopped'): Step {
  return { unit: { phase: 'ended', failures, starts, result, ...(isLast === undefined ? {} : { isLast }) }, acts: [] };
}

function withCancel({ unit, acts }: Step): Step {
  return { unit, acts: [{ do: 'cancel timer' }, ...acts] };
}

/** Seconds before the restart after `failures` others in a row. */
export function restartDelay(plan: RestartPlan, failures: number): number {
  // Of a large power only the bound counts.
  return Math.min(plan.maxDelay, plan.delay * plan.backoff ** Math.min(failures, 64));
}
