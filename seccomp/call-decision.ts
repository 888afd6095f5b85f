// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { assume } from './assume.ts';
import { asksNothing, type Branch, compare } from './comparison-test.ts';
import type { Decision, DecisionFactory } from './decision.ts';
import { type Clause, orderClauses } from './rule-order.ts';

/** Above so many comparisons for one call, tests that are answered already are left in: to find them takes too long. */
const mostSimplified = 64;

/** What becomes of a call with these clauses; `otherwise` when none matches. */
export function callDecision(
  make: DecisionFactory,
  clauses: readonly Clause[],
  bits: 32 | 64,
  otherwise: Decision,
): Decision {
  // Most calls have one rule without comparisons.
  const [first] = clauses;
  if (first?.comparisons.length === 0) return make.verdict(first.action);
  const ordered = orderClauses(clauses, bits);
  const comparisons = ordered.reduce((sum, clause) => sum + clause.comparisons.length, 0);
  const branch: Branch =
    comparisons > mostSimplified ? (question, yes, no) => make.test(question, yes, no) : simplifying(make);
  return ordered.reduceRight((rest, { comparisons, action }) => {
    const asked = comparisons.filter((comparison) => !asksNothing(comparison, bits));
    return asked.reduceRight((yes, comparison) => compare(comparison, bits, branch, yes, rest), make.verdict(action));
  }, otherwise);
}

function simplifying(make: DecisionFactory): Branch {
  return (question, yes, no) =>
    make.test(question, assume(make, yes, question, true), assume(make, no, question, false));
}
