// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.seccomp.syscalls as it is meant: checked, in order, a rule for each alternative (config-linux.md, Seccomp).

import type { Integer } from '../init/contract/integer.ts';
import type { LinuxSeccomp, SeccompArgument, SeccompRule } from '../init/contract/linux-config.ts';
import { type Action, actionOf } from './actions.ts';

/** The comparisons of arguments. */
export type Operator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'masked';

/** `value & mask` is compared; the mask is all ones but for "masked". Values have 64 bits. */
export interface Comparison {
  readonly index: number;
  readonly operator: Operator;
  readonly mask: bigint;
  readonly value: bigint;
}

/** What happens to a call of one of these names when all comparisons hold; without one it is any call. */
export interface Rule {
  readonly names: readonly string[];
  readonly action: Action;
  /** At most one for an index, in the order of the indexes. */
  readonly comparisons: readonly Comparison[];
}

const operators: ReadonlyMap<string, Operator> = new Map([
  ['SCMP_CMP_EQ', 'eq'],
  ['SCMP_CMP_NE', 'ne'],
  ['SCMP_CMP_LT', 'lt'],
  ['SCMP_CMP_LE', 'le'],
  ['SCMP_CMP_GT', 'gt'],
  ['SCMP_CMP_GE', 'ge'],
  ['SCMP_CMP_MASKED_EQ', 'masked'],
]);

const allOnes = 0xffff_ffff_ffff_ffffn;
const lastIndex = 5;

/** All names that an operator may have in linux.seccomp. */
export function operatorNames(): readonly string[] {
  return [...operators.keys()];
}

/**
 * The rules in their order. One that compares an argument more than once stands for several, of one comparison each, of
 * which any is enough, as runc and crun read it. One with the default action says nothing and is left out. Throws an Error
 * that names the place in config.json.
 */
export function readRules(seccomp: LinuxSeccomp, defaultAction: Action): readonly Rule[] {
  return (seccomp.syscalls ?? []).flatMap((rule, index) => {
    const place = `linux.seccomp.syscalls[${index}]`;
    const action = actionOf(rule.action, rule.errnoRet, place, { action: 'action', errno: 'errnoRet' });
    checkNames(rule, place);
    const comparisons = (rule.args ?? []).map((argument, at) => readComparison(argument, `${place}.args[${at}]`));
    return action === defaultAction ? [] : alternatives(rule.names, action, comparisons);
  });
}

function checkNames({ names }: SeccompRule, place: string): void {
  if (names.length === 0) throw new Error(`${place}.names: expected at least one, found none`);
  if (names.includes('')) throw new Error(`${place}.names: expected names of system calls, found ""`);
}

function alternatives(names: readonly string[], action: Action, comparisons: readonly Comparison[]): Rule[] {
  const indexes = new Set(comparisons.map(({ index }) => index));
  if (indexes.size < comparisons.length) return comparisons.map((one) => ({ names, action, comparisons: [one] }));
  return [{ names, action, comparisons: comparisons.toSorted((a, b) => a.index - b.index) }];
}

function readComparison(argument: SeccompArgument, place: string): Comparison {
  const { index, op } = argument;
  if (!Number.isInteger(index) || index < 0 || index > lastIndex)
    throw new Error(`${place}.index: expected 0 to ${lastIndex}, found ${index}`);
  const operator = operators.get(op);
  if (operator === undefined) throw new Error(`${place}.op: expected one of SCMP_CMP_*, found "${op}"`);
  const value = unsigned64(argument.value, `${place}.value`);
  const second = unsigned64(argument.valueTwo ?? 0, `${place}.valueTwo`);
  // libseccomp drops what the mask leaves out of the expected value, too.
  if (operator === 'masked') return { index, operator, mask: value, value: second & value };
  return { index, operator, mask: allOnes, value };
}

function unsigned64(value: Integer, place: string): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new Error(`${place}: expected an integer of 64 bits, found ${value}`);
  const exact = BigInt(value);
  if (exact < 0n || exact > allOnes) throw new Error(`${place}: expected 0 to ${allOnes}, found ${exact}`);
  return exact;
}
