// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { UnitTimes } from '../contract/status.ts';
import type { Machine } from './machine.ts';
import type { Units } from './units.ts';

/** When an entry of its first run did what, by its events. */
type Moments = { -readonly [K in 'startedAt' | 'runningAt' | 'healthyAt' | 'endedAt']?: UnitTimes[K] };

/** Remembers the first run of each entry; the events are forgotten in time. */
export function recordBoot({ events }: Machine, units: Units): () => readonly UnitTimes[] {
  const moments = new Map<string, Moments>();
  events.follow(({ id, kind, at }) => {
    const known = moments.get(id) ?? {};
    if (known.endedAt !== undefined) return;
    moments.set(id, known);
    if (kind === 'started') {
      known.startedAt = units.list().find(({ plan }) => plan.id === id)?.container?.startedAt ?? at;
      known.runningAt = at;
    } else if (kind === 'healthy') known.healthyAt ??= at;
    else if (kind === 'ended' || kind === 'failed' || kind === 'skipped') known.endedAt = at;
  });
  return () =>
    units.list().map(({ plan: { id, after, waitsForOnboot, unit } }) => ({
      id,
      after,
      waitsForOnboot,
      isService: unit.isService,
      isChecked: unit.isChecked,
      ...moments.get(id),
    }));
}
