// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What becomes of an entry that ends, fails or is not well.

/** When a container that ended is started again, and what it means when that does not help. Seconds throughout. */
export interface RestartPlan {
  readonly condition: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  readonly delay: number;
  /** Each further failure multiplies the delay by `backoff`, up to `maxDelay`. */
  readonly backoff: number;
  readonly maxDelay: number;
  /** One that ran for so long has recovered: its next failure counts as the first. */
  readonly window: number;
  /** Restarts after failures in a row; absent: as many as it takes. */
  readonly maxAttempts?: number;
  readonly onGiveUp: 'leave' | 'reboot' | 'poweroff';
}

/** What a failed onboot entry does to the system. */
export type FailureAction = 'continue' | 'halt' | 'reboot' | 'poweroff' | 'emergency';

/** The part of an entry's plan that decides what happens to it. */
export interface UnitPlan {
  /** Services run on; the others run once. */
  readonly isService: boolean;
  readonly restart: RestartPlan;
  /** Seconds from the stop signal to SIGKILL. */
  readonly stopGrace: number;
  /** Seconds that one that runs once has. */
  readonly timeout?: number;
  readonly onFailure: FailureAction;
  readonly onUnhealthy: 'restart' | 'ignore' | 'reboot';
  /** It has a health check: until that has passed it is `starting`. */
  readonly isChecked: boolean;
}

/** Seconds that the kernel gets to end what was killed; a process in an uninterruptible call may not go at all. */
export const afterKillSeconds = 2;

/**
 * How to see that a service works, as Compose and Docker mean it: a probe every `interval` after the one before has ended, and
 * every `startInterval` during `startPeriod`, in which failures do not count until one has passed. `retries` failures in a row
 * are unhealthy. Seconds.
 */
export interface HealthPlan {
  readonly probe: Probe;
  readonly interval: number;
  /** A probe that takes longer has failed. */
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
  readonly startInterval: number;
}

/**
 * `exec`: a program in the container, as its process runs; exit code 0. `http`: a GET that is answered by a status from 200 to 399.
 * `tcp`: a connection that is accepted. Both are made in the container's network; `address` is an IPv4 or IPv6 address.
 * `file`: a path in the container that is there. `notify`: nothing is asked, the service itself says READY=1 (sd_notify(3)) on
 * NOTIFY_SOCKET; within startPeriod where that is not 0, else whenever. With `watchdog` it also has to say WATCHDOG=1 that often
 * (WATCHDOG_USEC). `interval`, `timeout`, `retries` and `startInterval` mean nothing then.
 */
export type Probe =
  | { readonly kind: 'exec'; readonly args: readonly string[] }
  | {
      readonly kind: 'http';
      readonly address: string;
      readonly port: number;
      /** The Host header. */
      readonly host: string;
      /** With its query. */
      readonly path: string;
    }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'notify'; readonly watchdog?: number };
