// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FailureAction } from '../contract/unit-plan.ts';

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
export type AfterStop = 'stop' | 'restart' | 'retry' | 'fail';

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
  /** Of one that ended: it should be started again, but was too often. */
  readonly isGivenUp?: true;
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
