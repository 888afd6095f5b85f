// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// From the number of a call to its decision by binary search over ranges of numbers that end alike.

import { type Decision, type DecisionFactory, wholeWord } from './decision.ts';

/** struct seccomp_data: nr. */
const numberOffset = 0;

/** From `first` up to the next range's. */
export interface Range {
  readonly first: number;
  readonly decision: Decision;
}

/** The ranges, ascending and from 0 on, of which those that follow each other and are equal become one. */
export function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  return ranges.filter(({ decision }, index) => decision !== ranges[index - 1]?.decision);
}

/** Takes at least one range. */
export function numberTree(make: DecisionFactory, ranges: readonly Range[]): Decision {
  const [first, second, third] = ranges;
  if (first === undefined) throw new Error('a search needs ranges, found none');
  if (second === undefined) return first.decision;
  const isSingle = ranges.length === 3 && third?.first === second.first + 1 && third.decision === first.decision;
  if (isSingle)
    return make.test(
      { word: numberOffset, mask: wholeWord, operator: 'eq', value: second.first },
      second.decision,
      first.decision,
    );
  const middle = Math.ceil(ranges.length / 2);
  const value = ranges[middle]?.first ?? 0;
  return make.test(
    { word: numberOffset, mask: wholeWord, operator: 'ge', value },
    numberTree(make, ranges.slice(middle)),
    numberTree(make, ranges.slice(0, middle)),
  );
}
