// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC } from '../linux.ts';
import { createLoop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import { Findings } from './findings.ts';
import { exchange, type Network } from './http/exchange.ts';
import { type Clock, type Ended, type Send, startInquiry } from './http/inquiries.ts';
import { resolve } from './http/resolve.ts';
import type { Found } from './local.ts';
import { networkProviders } from './network/providers.ts';

/** Seconds that one try may take. */
const longestTry = 3;
/** Bytes of all bodies that are kept or on their way, in equal shares: the engine has 64 MiB, and each may be in it several times. */
const longestTotal = 12 * 1024 * 1024;

/** The first provider in this order that answered, or why none of them did. */
export type NetworkResult = { readonly found: Found } | { readonly failures: readonly string[] };

/**
 * Asks all of these providers at the same time, for that many seconds. A later one counts only when those before it have failed, so
 * that which answers first decides nothing.
 */
export function askNetwork(sys: Sys, ids: readonly string[], seconds: number): NetworkResult {
  const loop = createLoop(sys);
  const clock: Clock = {
    now: () => sys.clockGettime(CLOCK_MONOTONIC) / 1e9,
    after: (wait, onTime) => void loop.after(wait, onTime),
  };
  const deadline = clock.now() + seconds;
  const sendFor = (network: Network): Send => {
    return (ask, done) => {
      const left = Math.max(0.1, Math.min(longestTry, deadline - clock.now()));
      resolve(network, ask.host, left, (resolved) => {
        if ('failure' in resolved) done(resolved);
        else exchange(network, ask, resolved.address, left, done);
      });
    };
  };
  const share = Math.floor(longestTotal / Math.max(1, ids.length));
  const tries = ids.map((id) => {
    const provider = networkProviders.get(id);
    const one = { id, name: provider?.name ?? id, findings: new Findings(), ended: undefined as Ended | undefined };
    const send = sendFor({ sys, loop, allowance: { whole: share, left: share } });
    const inquiry = provider?.inquire(one.findings, (text) => sys.encodeUtf8(text));
    if (inquiry !== undefined)
      startInquiry(inquiry, { send, clock, deadline }, (ended) => {
        one.ended = ended;
      });
    return one;
  });
  for (;;) {
    const first = tries.find(({ ended }) => ended?.error === undefined);
    if (first === undefined) return { failures: tries.map(({ name, ended }) => `${name}: ${ended?.error?.message}`) };
    if (first.ended !== undefined) {
      const { id, name, findings } = first;
      return { found: { origin: { id, name }, findings } };
    }
    loop.turn();
  }
}
