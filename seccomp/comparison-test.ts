// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Comparisons of 64-bit arguments as tests of their two 32-bit words.

import { type Decision, type Question, type TestOperator, wholeWord } from './decision.ts';
import type { Comparison } from './rules.ts';

/** struct seccomp_data: args, after nr, arch and instruction_pointer. All our architectures are little-endian. */
const argumentsOffset = 16;

/** Makes a decision of a question and what its answers lead to. */
export type Branch = (question: Question, yes: Decision, no: Decision) => Decision;

/** Whether the comparison holds for any argument, on an architecture that compares so many bits. */
export function asksNothing({ operator, mask }: Comparison, bits: 32 | 64): boolean {
  return operator === 'masked' && lowWord(mask) === 0 && (bits === 32 || highWord(mask) === 0);
}

/** On an architecture of 32 bits the upper words of argument and value are left out, as libseccomp does. */
export function compare(comparison: Comparison, bits: 32 | 64, branch: Branch, yes: Decision, no: Decision): Decision {
  switch (comparison.operator) {
    case 'eq':
    case 'masked':
      return equal(comparison, bits, branch, yes, no);
    case 'ne':
      return equal(comparison, bits, branch, no, yes);
    case 'gt':
    case 'ge':
      return greater(comparison, comparison.operator, bits, branch, yes, no);
    case 'le':
      return greater(comparison, 'gt', bits, branch, no, yes);
    case 'lt':
      return greater(comparison, 'ge', bits, branch, no, yes);
  }
}

function equal({ index, mask, value }: Comparison, bits: 32 | 64, branch: Branch, yes: Decision, no: Decision): Decision {
  const low = equalWord(lowOffset(index), lowWord(mask), lowWord(value), branch, yes, no);
  return bits === 32 ? low : equalWord(highOffset(index), highWord(mask), highWord(value), branch, low, no);
}

function equalWord(
  word: number,
  mask: number,
  value: number,
  branch: Branch,
  yes: Decision,
  no: Decision,
): Decision {
  if (mask === 0) return yes;
  if (mask === wholeWord) return branch({ word, mask, operator: 'eq', value }, yes, no);
  // One instruction instead of two, and the word stays as it is for the next test.
  if (value === 0) return branch({ word, mask: wholeWord, operator: 'set', value: mask }, no, yes);
  return branch({ word, mask, operator: 'eq', value }, yes, no);
}

/** The upper words decide unless they are equal. */
function greater(
  { index, value }: Comparison,
  operator: TestOperator & ('gt' | 'ge'),
  bits: 32 | 64,
  branch: Branch,
  yes: Decision,
  no: Decision,
): Decision {
  const mask = wholeWord;
  const low = branch({ word: lowOffset(index), mask, operator, value: lowWord(value) }, yes, no);
  if (bits === 32) return low;
  const high = { word: highOffset(index), mask, value: highWord(value) };
  return branch({ ...high, operator: 'gt' }, yes, branch({ ...high, operator: 'eq' }, low, no));
}

function lowOffset(index: number): number {
  return argumentsOffset + 8 * index;
}

function highOffset(index: number): number {
  return lowOffset(index) + 4;
}

/** Bits 0 to 31, as an unsigned number. */
export function lowWord(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

/** Bits 32 to 63, as an unsigned number. */
export function highWord(value: bigint): number {
  return Number(value >> 32n);
}
