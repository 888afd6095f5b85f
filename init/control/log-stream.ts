// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { uptime } from '../supervise/console.ts';
import type { Entry } from '../supervise/entry.ts';
import type { Machine } from '../supervise/machine.ts';
import type { HttpAnswer } from './http.ts';

/**
 * Sends a log as fast as the client takes it: all of it, or with `since` what came in that many last seconds; with `follow` also
 * what is yet to come.
 */
export function sendLog(
  { sys, logs }: Machine,
  { section, plan }: Entry,
  query: ReadonlyMap<string, string>,
  answer: HttpAnswer,
): void {
  const log = logs.of(section, plan);
  const seconds = query.get('since');
  const isFollowed = query.has('follow');
  const stream = answer.stream('text/plain; charset=utf-8');
  let offset = log.start(seconds === undefined ? undefined : uptime(sys) - Number(seconds));
  let isTaken = true;

  function send(): void {
    isTaken = true;
    while (isTaken) {
      const { bytes, next } = log.read(offset);
      offset = next;
      if (bytes.length === 0) break;
      isTaken = stream.write(bytes);
    }
    if (isTaken && !isFollowed) stream.end();
  }

  stream.onDrained = send;
  // What waits for the client is not to grow: it is read on when that is taken.
  if (isFollowed) stream.whenClosed(log.follow(() => isTaken && send()));
  send();
}
