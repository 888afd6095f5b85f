// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Answer, Ask, Inquiry, Reply } from '../ask.ts';

/** Asks once; calls `done` once. What a try may take at most is the sender's to decide. */
export type Send = (ask: Ask, done: (reply: Reply) => void) => void;

/** What the inquiries run on: real time and sockets, or a test's. */
export interface Clock {
  /** In seconds, from any start. */
  now(): number;
  after(seconds: number, onTime: () => void): void;
}

/** How an inquiry ended: nothing thrown, or what. */
export interface Ended {
  readonly error?: Error;
}

/** Seconds between tries. */
const firstPause = 0.25;
const longestPause = 2;

/**
 * Starts one inquiry; calls `onEnd` once. A request without an answer is tried again until `deadline` (of the clock), and so is one
 * that the server has no time for: a service may come up later than the machine.
 */
export function startInquiry(
  inquiry: Inquiry<void>,
  { send, clock, deadline }: { readonly send: Send; readonly clock: Clock; readonly deadline: number },
  onEnd: (ended: Ended) => void,
): void {
  function resume(replies: readonly Reply[]): void {
    let step: IteratorResult<readonly Ask[], void>;
    try {
      step = inquiry.next(replies);
    } catch (error) {
      onEnd({ error: error instanceof Error ? error : new Error(String(error)) });
      return;
    }
    if (step.done) onEnd({});
    else askAll(step.value, resume);
  }

  function askAll(asks: readonly Ask[], done: (replies: readonly Reply[]) => void): void {
    const replies: (Reply | undefined)[] = asks.map(() => undefined);
    let left = asks.length;
    for (const [at, ask] of asks.entries())
      askAgain(ask, firstPause, (reply) => {
        replies[at] = reply;
        left -= 1;
        if (left === 0) done(replies as readonly Reply[]);
      });
  }

  function askAgain(ask: Ask, pause: number, done: (reply: Reply) => void): void {
    send(ask, (reply) => {
      if (isFinal(reply) || clock.now() + pause >= deadline) done(reply);
      else clock.after(pause, () => askAgain(ask, Math.min(2 * pause, longestPause), done));
    });
  }

  resume([]);
}

function isFinal(reply: Reply): boolean {
  return 'failure' in reply ? reply.isFinal === true : !isOverloaded(reply);
}

/** RFC 9110, 15.6, and RFC 6585, 4; 501 is for good. */
function isOverloaded({ status }: Answer): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}
