// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SystemEvent } from '../contract/status.ts';
import type { Sys } from '../sys.ts';
import { uptime } from './console.ts';

/** What happened to entries lately. */
export interface Events {
  add(id: string, kind: SystemEvent['kind'], text: string): void;
  /** The oldest first; those before are forgotten. */
  list(): readonly SystemEvent[];
  /** Calls at each further one until the result is called. */
  follow(onEvent: (event: SystemEvent) => void): () => void;
}

/** Keeps the last `limit` events. */
export function createEvents(sys: Sys, limit = 500): Events {
  const kept: SystemEvent[] = [];
  const followers = new Set<(event: SystemEvent) => void>();
  let number = 0;
  return {
    add(id, kind, text) {
      number += 1;
      const event: SystemEvent = { number, at: uptime(sys), id, kind, text };
      kept.push(event);
      if (kept.length > limit) kept.shift();
      for (const tell of followers) tell(event);
    },
    list: () => kept,
    follow(onEvent) {
      followers.add(onEvent);
      return () => followers.delete(onEvent);
    },
  };
}
