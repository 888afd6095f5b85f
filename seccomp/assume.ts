// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Leaves out of a decision what an earlier test has answered already.

import { type Decision, type DecisionFactory, type Question, type Test, wholeWord } from './decision.ts';

/**
 * The same decision where `question` is known to have been answered with `answer`. May take time in the square of the
 * decision's size and as many calls as it is deep.
 */
export function assume(make: DecisionFactory, decision: Decision, question: Question, answer: boolean): Decision {
  const done = new Map<Decision, Decision>();
  const walk = (part: Decision): Decision => {
    if (part.kind === 'verdict') return part;
    const known = done.get(part);
    if (known !== undefined) return known;
    const implied = part.word === question.word ? impliedAnswer(part, question, answer) : undefined;
    const result =
      implied === undefined ? make.test(part, walk(part.yes), walk(part.no)) : walk(implied ? part.yes : part.no);
    done.set(part, result);
    return result;
  };
  return walk(decision);
}

/** What the test's answer has to be, when that follows. Both are about the same word. */
function impliedAnswer(test: Test, question: Question, answer: boolean): boolean | undefined {
  if (test.operator === question.operator && test.value === question.value && test.mask === question.mask) return answer;
  if (question.mask !== wholeWord) return undefined;
  if (question.operator === 'set') return undefined;
  const [low, high] = range(question, answer);
  if (low === high) return answerFor(test, low);
  if (test.mask !== wholeWord) return undefined;
  switch (test.operator) {
    case 'eq':
      return test.value < low || test.value > high ? false : undefined;
    case 'gt':
      return always(low > test.value, high <= test.value);
    case 'ge':
      return always(low >= test.value, high < test.value);
    case 'set':
      return undefined;
  }
}

/** The values that the word may have; all of them when it is known only which one it is not. */
function range({ operator, value }: Question, answer: boolean): readonly [number, number] {
  if (operator === 'eq') return answer ? [value, value] : [0, wholeWord];
  const first = operator === 'gt' ? value + 1 : value;
  return answer ? [first, wholeWord] : [0, first - 1];
}

function answerFor({ operator, mask, value }: Test, word: number): boolean {
  const looked = (word & mask) >>> 0;
  switch (operator) {
    case 'eq':
      return looked === value;
    case 'gt':
      return looked > value;
    case 'ge':
      return looked >= value;
    case 'set':
      return (looked & value) !== 0;
  }
}

function always(yes: boolean, no: boolean): boolean | undefined {
  if (yes) return true;
  return no ? false : undefined;
}
