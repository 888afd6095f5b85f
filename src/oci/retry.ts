// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { setTimeout as sleep } from 'node:timers/promises';
import { TskitError } from '../errors.ts';
import { interruptionOf } from './interruption.ts';

/** A failure that may pass: a broken connection, an overloaded server. Never leaves the registry client as it is. */
export class TransientError extends Error {
  /** How long the server asks to wait (RFC 9110, Retry-After). */
  readonly waitMs: number | undefined;

  constructor(message: string, options: { readonly waitMs?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'TransientError';
    this.waitMs = options.waitMs;
  }
}

export interface RetryPolicy {
  /** How often something is tried in all. */
  readonly attempts: number;
  /** The wait before the second try; each further one doubles. */
  readonly firstWaitMs: number;
  /** The longest wait that a server may ask for. */
  readonly mostWaitMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, firstWaitMs: 500, mostWaitMs: 60_000 };

/** Counts the tries of one piece of work and waits between them. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(policy: RetryPolicy, signal: AbortSignal) {
    this.#policy = policy;
    this.#signal = signal;
  }

  /** Starts counting anew: the work has got on since the last failure. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Waits until the next try is due, or throws: anything but a TransientError as it is, and a `network` error that begins
   * with `act` when there were enough tries or the server wants a longer wait than is reasonable.
   */
  async next(error: unknown, act: string, onWait: (text: string) => void = () => {}): Promise<void> {
    if (!(error instanceof TransientError)) {
      throw error;
    }
    this.#failures += 1;
    const { attempts, firstWaitMs, mostWaitMs } = this.#policy;
    if (this.#failures >= attempts) {
      throw new TskitError('network', `${act}: ${error.message}, ${attempts} times in a row`, {
        hint: 'check the network and the registry, then run the same command again: what has arrived is kept',
        cause: error,
      });
    }
    const backoff = firstWaitMs * 2 ** (this.#failures - 1);
    const waitMs = error.waitMs ?? backoff * (0.75 + Math.random() / 2);
    if (waitMs > mostWaitMs) {
      const seconds = Math.ceil(waitMs / 1000);
      throw new TskitError('network', `${act}: ${error.message}, and asks to wait for ${seconds} seconds`, {
        hint: 'run the same command again later; a login often raises the limit',
        cause: error,
      });
    }
    onWait(`retry ${this.#failures} of ${attempts - 1}: ${error.message}`);
    try {
      await sleep(waitMs, undefined, { signal: this.#signal });
    } catch {
      throw interruptionOf(this.#signal);
    }
  }
}

/** Runs `work` until it succeeds, fails for good, or was tried often enough. */
export async function retrying<T>(retries: Retries, act: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await retries.next(error, act);
    }
  }
}
