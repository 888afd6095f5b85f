// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A filter as a graph of tests that ends in verdicts. Equal parts exist once, so that they are assembled once.

import type { Action } from './actions.ts';

/** The end of a decision. */
export interface Verdict {
  readonly kind: 'verdict';
  readonly id: number;
  readonly action: Action;
}

/** `set`: one of the bits of `value` is set. The others compare as unsigned numbers. */
export type TestOperator = 'eq' | 'gt' | 'ge' | 'set';

/** A test of one 32-bit word of struct seccomp_data, as classic BPF has it. */
export interface Test {
  readonly kind: 'test';
  readonly id: number;
  /** Where in struct seccomp_data the word is, in bytes. */
  readonly word: number;
  /** What of the word is looked at; all ones for all of it. */
  readonly mask: number;
  readonly operator: TestOperator;
  readonly value: number;
  readonly yes: Decision;
  readonly no: Decision;
}

/** A graph of tests that ends in verdicts. */
export type Decision = Verdict | Test;

/** What a test asks, without where it leads. */
export type Question = Pick<Test, 'word' | 'mask' | 'operator' | 'value'>;

/** A mask that leaves out nothing. */
export const wholeWord = 0xffffffff;

/** Makes the decisions of one filter. */
export interface DecisionFactory {
  verdict(action: Action): Decision;
  /** What both answers lead to when they lead to the same. */
  test(question: Question, yes: Decision, no: Decision): Decision;
}

/** Makes decisions of which equal ones exist once. */
export function decisionFactory(): DecisionFactory {
  const made = new Map<string, Decision>();
  const keep = (key: string, make: (id: number) => Decision): Decision => {
    const found = made.get(key);
    if (found !== undefined) return found;
    const decision = make(made.size);
    made.set(key, decision);
    return decision;
  };
  return {
    verdict: (action) => keep(`${action}`, (id) => ({ kind: 'verdict', id, action })),
    test: (question, yes, no) => {
      if (yes === no) return yes;
      const { word, mask, operator, value } = question;
      return keep(`${word} ${mask} ${operator} ${value} ${yes.id} ${no.id}`, (id) => ({
        kind: 'test',
        id,
        word,
        mask,
        operator,
        value,
        yes,
        no,
      }));
    },
  };
}
