// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Which of several rules for one call comes first. Only rules of different actions that match the same call make a
// difference; then the answer has to be libseccomp's, since profiles were written against it: not the order in the profile,
// but by what is compared.

import type { Action } from './actions.ts';
import { asksNothing, highWord, lowWord } from './comparison-test.ts';
import type { Comparison, Operator } from './rules.ts';

/** A rule for one call; without comparisons it is for any call. */
export interface Clause {
  readonly comparisons: readonly Comparison[];
  readonly action: Action;
}

/** One step of a clause on its way through libseccomp's tree: a comparison of one word. */
interface Step {
  /** What comes first: the later argument, its upper word, comparisons for equality, the tighter bound. */
  readonly rank: readonly number[];
  /** Clauses whose steps are of the same key stay together. */
  readonly key: string;
}

const operatorRank: Readonly<Record<Operator, number>> = { eq: 3, ne: 3, masked: 3, lt: 2, le: 2, gt: 1, ge: 1 };
/** Comparisons that are the same one with its answer turned round. */
const operatorKey: Readonly<Record<Operator, string>> = {
  eq: 'eq',
  ne: 'eq',
  masked: 'masked',
  lt: 'ge',
  ge: 'ge',
  le: 'gt',
  gt: 'gt',
};

/**
 * The clauses in the order in which they are tried; the first that matches decides. A clause without comparisons makes all
 * others pointless, and the first one of these is all that is returned.
 */
export function orderClauses(clauses: readonly Clause[], bits: 32 | 64): readonly Clause[] {
  const asking = clauses.map(({ comparisons, action }) => ({
    comparisons: comparisons.filter((comparison) => !asksNothing(comparison, bits)),
    action,
  }));
  const general = asking.find(({ comparisons }) => comparisons.length === 0);
  if (general !== undefined) return [general];
  if (asking.length < 2) return asking;
  const walkers = asking.map((clause) => ({ clause, steps: clause.comparisons.flatMap((one) => steps(one, bits)) }));
  return orderFrom(walkers, 0);
}

interface Walker {
  readonly clause: Clause;
  readonly steps: readonly Step[];
}

/** Those that end here come first: the more general rule wins. */
function orderFrom(walkers: readonly Walker[], depth: number): readonly Clause[] {
  const ended = walkers.filter(({ steps }) => steps.length === depth);
  const going = walkers.filter(({ steps }) => steps.length > depth);
  return [...ended.map(({ clause }) => clause), ...groups(going, depth).flatMap((group) => orderFrom(group, depth + 1))];
}

/** Each walker joins the group of its step, or makes one before the first that ranks lower. */
function groups(walkers: readonly Walker[], depth: number): readonly (readonly Walker[])[] {
  const level: { readonly step: Step; readonly members: Walker[] }[] = [];
  for (const walker of walkers) {
    const step = walker.steps[depth];
    if (step === undefined) continue;
    const at = level.findIndex((group) => group.step.key === step.key || ranksBefore(step, group.step));
    const found = level[at];
    if (found?.step.key === step.key) found.members.push(walker);
    else level.splice(at < 0 ? level.length : at, 0, { step, members: [walker] });
  }
  return level.map(({ members }) => members);
}

function ranksBefore(a: Step, b: Step): boolean {
  const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
  return at >= 0 && (a.rank[at] ?? 0) > (b.rank[at] ?? 0);
}

function steps(comparison: Comparison, bits: 32 | 64): readonly Step[] {
  const { index, operator, mask, value } = comparison;
  const low = step(index, 0, operator, lowWord(mask), lowWord(value));
  if (bits === 32) return [low];
  return [step(index, 1, operator, highWord(mask), highWord(value)), low];
}

function step(index: number, upper: number, operator: Operator, mask: number, value: number): Step {
  const bound = operator === 'lt' || operator === 'le' ? -value : value;
  return {
    rank: [index, upper, operatorRank[operator], bound],
    key: `${index} ${upper} ${operatorKey[operator]} ${mask} ${value}`,
  };
}
