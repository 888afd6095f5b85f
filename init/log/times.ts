// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** When what came: the offsets of a log by time, in a bounded number of marks that are the coarser the older they are. */
export interface Times {
  /** Bytes came at `now` (seconds), from `offset` on. */
  add(now: number, offset: number): void;
  /** Offset of the first bytes that came at `since` or later; undefined when none did. */
  find(since: number): number | undefined;
}

interface Mark {
  readonly offset: number;
  readonly first: number;
  last: number;
}

/** Seconds that a mark stands for at first. */
const spacing = 1;
const most = 256;

export function createTimes(): Times {
  const marks: Mark[] = [];
  return {
    add(now, offset) {
      const mark = marks.at(-1);
      if (mark !== undefined && now - mark.first < spacing) mark.last = now;
      else marks.push({ offset, first: now, last: now });
      if (marks.length > most) mergeTwo(marks, now);
    },
    find: (since) => marks.find(({ last }) => last >= since)?.offset,
  };
}

/** Makes one of the two neighbours that are closest together for their age. */
function mergeTwo(marks: Mark[], now: number): void {
  let best = 0;
  let closest = Infinity;
  for (const [index, { first }] of marks.entries()) {
    const next = marks[index + 1];
    if (next === undefined) break;
    const distance = (next.last - first) / (now - next.last + spacing);
    if (distance >= closest) continue;
    closest = distance;
    best = index;
  }
  const [gone] = marks.splice(best + 1, 1);
  const kept = marks[best];
  if (kept !== undefined && gone !== undefined) kept.last = gone.last;
}
