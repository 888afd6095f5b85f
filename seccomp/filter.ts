// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The whole filter as one decision: by architecture, by number, by arguments.

import { type Action, killThread, noSuchCall } from './actions.ts';
import type { Architecture } from './architectures.ts';
import { callDecision } from './call-decision.ts';
import { clausesByNumber } from './clauses.ts';
import { type Decision, type DecisionFactory, decisionFactory, wholeWord } from './decision.ts';
import { mergeRanges, numberTree, type Range } from './number-tree.ts';
import type { Rule } from './rules.ts';
import { syscallNumbers, x32Bit } from './syscalls.ts';

/** struct seccomp_data: arch. */
const architectureOffset = 4;
/** Number of no call: a tracer sets it to have a call skipped (seccomp(2), SECCOMP_RET_TRACE). */
const skippedCall = 0xffffffff;

/** What a filter is made from. */
export interface FilterOptions {
  readonly architectures: readonly Architecture[];
  readonly rules: readonly Rule[];
  readonly defaultAction: Action;
  /**
   * Names that the profile has an opinion on. A call with a higher number than all of them is one that its author could not
   * know: it is answered with ENOSYS, so that programs fall back to older ones. Absent when it gets the default action.
   */
  readonly knownNames?: ReadonlySet<string>;
}

/** A call of an architecture without rules kills its thread, as with libseccomp. */
export function filterDecision(options: FilterOptions): Decision {
  const make = decisionFactory();
  const { architectures } = options;
  const tokens = [...new Set(architectures.map(({ auditToken }) => auditToken))];
  return tokens.reduceRight((rest, auditToken) => {
    const parts = architectures.filter((architecture) => architecture.auditToken === auditToken);
    const question = { word: architectureOffset, mask: wholeWord, operator: 'eq', value: auditToken } as const;
    return make.test(question, numberTree(make, mergeRanges(allRanges(make, parts, options))), rest);
  }, make.verdict(killThread));
}

/** One architecture, or x86_64 with x32: their calls differ by a bit of the number only. */
function allRanges(make: DecisionFactory, parts: readonly Architecture[], options: FilterOptions): readonly Range[] {
  const ranges = parts.flatMap((part) => architectureRanges(make, part, options));
  const isX86_64Alone = parts.length === 1 && parts[0]?.interface === 'x86_64';
  if (!isX86_64Alone) return ranges;
  return [
    ...ranges,
    { first: x32Bit, decision: make.verdict(killThread) },
    { first: skippedCall, decision: make.verdict(options.defaultAction) },
  ];
}

function architectureRanges(
  make: DecisionFactory,
  architecture: Architecture,
  { rules, defaultAction, knownNames }: FilterOptions,
): readonly Range[] {
  const numbers = syscallNumbers(architecture.interface);
  const clauses = clausesByNumber(rules, architecture, numbers);
  const otherwise = make.verdict(defaultAction);
  const ranges: Range[] = [{ first: architecture.interface === 'x32' ? x32Bit : 0, decision: otherwise }];
  const add = (range: Range): void => {
    if (ranges.at(-1)?.first === range.first) ranges.pop();
    ranges.push(range);
  };
  for (const number of [...clauses.keys()].sort((a, b) => a - b)) {
    const decision = callDecision(make, clauses.get(number) ?? [], architecture.argumentBits, otherwise);
    add({ first: number, decision });
    ranges.push({ first: number + 1, decision: otherwise });
  }
  const last = Math.max(-1, ...[...(knownNames ?? [])].map((name) => numbers.get(name) ?? -1));
  if (last >= 0) add({ first: last + 1, decision: make.verdict(noSuchCall) });
  return ranges;
}
