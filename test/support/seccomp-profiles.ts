// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp profiles for tests: ones that chance makes, and what is worth asking a filter.

import { readFileSync } from 'node:fs';
import type { LinuxSeccomp, SeccompArgument, SeccompRule } from '../../init/contract/linux-config.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';
import { syscallNumbers } from '../../seccomp/syscalls.ts';
import type { Call } from './bpf-machine.ts';

/** Repeats itself for a seed (mulberry32); gives integers from 0 up to `below`. */
export type Chance = (below: number) => number;

/** Choices that a seed decides. */
export function chance(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Sub-architectures that profiles of container engines name along with the machine's own. */
export const subArchitectures: Readonly<Record<NativeArchitecture, readonly string[]>> = {
  x86_64: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  aarch64: ['SCMP_ARCH_ARM'],
};

const operators = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'MASKED_EQ'];
const actions = ['ALLOW', 'ERRNO', 'KILL_PROCESS', 'TRAP', 'LOG', 'TRACE'].map((name) => `SCMP_ACT_${name}`);
const interesting = [
  0n,
  1n,
  2n,
  5n,
  8n,
  40n,
  0x7e020000n,
  0xffffffffn,
  0x100000000n,
  0x100000028n,
  0xffffffffffffffffn,
];
/** Of which the lower word says something, so that a rule asks the same on architectures of 32 bits. */
const masks = interesting.filter((value) => (value & 0xffffffffn) !== 0n);

function pick<T>(from: readonly T[], next: Chance): T {
  return from[next(from.length)] as T;
}

function randomArgument(next: Chance): SeccompArgument {
  const op = `SCMP_CMP_${pick(operators, next)}`;
  const index = next(3);
  if (op !== 'SCMP_CMP_MASKED_EQ') return { index, op, value: pick(interesting, next) };
  return { index, op, value: pick(masks, next), valueTwo: pick(interesting, next) };
}

function randomRule(next: Chance, names: readonly string[], args: readonly SeccompArgument[]): SeccompRule {
  const action = pick(actions, next);
  const rule = { names, action, args };
  return action === 'SCMP_ACT_ERRNO' && next(2) === 0 ? { ...rule, errnoRet: next(200) } : rule;
}

function randomBase(next: Chance, native: NativeArchitecture): Pick<LinuxSeccomp, 'defaultAction' | 'architectures'> {
  return { defaultAction: pick(actions, next), architectures: subArchitectures[native].filter(() => next(2) === 0) };
}

/** Of few of the names, so that rules meet. */
export function randomProfile(next: Chance, native: NativeArchitecture, names: readonly string[]): LinuxSeccomp {
  const from = Array.from({ length: 1 + next(20) }, () => pick(names, next));
  const rule = (): SeccompRule => {
    const args = next(3) === 0 ? [] : Array.from({ length: 1 + next(3) }, () => randomArgument(next));
    const some = Array.from({ length: 1 + next(4) }, () => pick(from, next));
    return randomRule(next, some, args);
  };
  return { ...randomBase(next, native), syscalls: Array.from({ length: next(40) }, rule) };
}

/**
 * As randomProfile, without what libseccomp (2.5.4 and 2.6.1) makes a wrong filter of: where it compares one word of an
 * argument several times it may find another word in the accumulator. So an argument's comparisons have the same upper word
 * and are either for equality, or only one. And without several rules for other values than one, which contradict each other.
 */
export function plainProfile(next: Chance, native: NativeArchitecture, names: readonly string[]): LinuxSeccomp {
  const from = new Set(Array.from({ length: 1 + next(25) }, () => pick(names, next)));
  const rules = [...from].flatMap((name) => {
    const family = pick(['none', 'range', 'equal', 'equal'] as const, next);
    if (family === 'none') return [randomRule(next, [name], []), randomRule(next, [name], [])];
    const count = family === 'range' ? 1 : 1 + next(6);
    return Array.from({ length: count }, (_, at) => {
      const op = family === 'range' ? pick(['LT', 'LE', 'GT', 'GE'], next) : at === 0 ? pick(['EQ', 'NE'], next) : 'EQ';
      const value = family === 'range' ? pick(interesting, next) : BigInt(next(12));
      return randomRule(next, [name], [{ index: family === 'range' ? 0 : next(3), op: `SCMP_CMP_${op}`, value }]);
    });
  });
  return { ...randomBase(next, native), syscalls: rules };
}

/** A profile as container engines keep it (Docker's, podman's), for a machine and a set of capabilities. */
interface EngineProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | null;
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet?: number | null;
    readonly args?: readonly SeccompArgument[] | null;
    readonly includes?: Conditions;
    readonly excludes?: Conditions;
  }[];
}

interface Conditions {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

const goNames: Readonly<Record<NativeArchitecture, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** Reads such a file as its engine does before it calls a runtime. */
export function engineProfile(path: string, capabilities: readonly string[], native: NativeArchitecture): LinuxSeccomp {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as EngineProfile;
  const meets = ({ caps = [], arches = [] }: Conditions, any: boolean): boolean => {
    const [hasCaps, hasArch] = [caps.every((cap) => capabilities.includes(cap)), arches.includes(goNames[native])];
    return any ? (caps.length > 0 && hasCaps) || hasArch : hasCaps && (arches.length === 0 || hasArch);
  };
  const rules = profile.syscalls.filter(
    ({ includes = {}, excludes = {} }) => meets(includes, false) && !meets(excludes, true),
  );
  const { defaultAction, defaultErrnoRet } = profile;
  return {
    defaultAction,
    ...(typeof defaultErrnoRet === 'number' && { defaultErrnoRet }),
    architectures: subArchitectures[native],
    syscalls: rules.map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      args: args ?? [],
      ...(typeof errnoRet === 'number' && { errnoRet }),
    })),
  };
}

const tokens: Readonly<Record<NativeArchitecture, readonly number[]>> = {
  x86_64: [0xc000003e, 0x40000003, 0x40000028],
  aarch64: [0xc00000b7, 0x40000028, 0xc000003e],
};

/** Numbers of which something may change from one to the next, in all architectures that the machine runs. */
function numbersOf(profile: LinuxSeccomp, native: NativeArchitecture): readonly number[] {
  const interfaces = native === 'x86_64' ? (['x86_64', 'x86', 'x32'] as const) : (['aarch64', 'arm'] as const);
  const named = (profile.syscalls ?? []).flatMap(({ names }) => [...names, 'socketcall', 'ipc']);
  const numbers = interfaces.flatMap((one) => {
    const table = syscallNumbers(one);
    return named.flatMap((name) => table.get(name) ?? []);
  });
  const around = [...new Set(numbers)].flatMap((number) => [number - 1, number, number + 1]);
  const edges = [0, 600, 0x3fffffff, 0x40000000, 0x40000300, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
  return [...new Set([...around, ...edges])].filter((number) => number >= 0);
}

/** Calls whose arguments lie on and beside what the profile compares, `each` a number. */
export function callsFor(
  profile: LinuxSeccomp,
  native: NativeArchitecture,
  next: Chance,
  each: number,
): readonly Call[] {
  const compared = (profile.syscalls ?? []).flatMap(({ args = [] }) =>
    args.flatMap(({ value, valueTwo = 0 }) => [BigInt(value), BigInt(valueTwo)]),
  );
  const values = [...new Set([...compared, ...interesting])].flatMap((value) => [
    value,
    value + 1n,
    value - 1n,
    value ^ 0x1_0000_0000n,
    BigInt(next(0x7fffffff)),
  ]);
  return numbersOf(profile, native).flatMap((number) =>
    tokens[native].flatMap((architecture) =>
      Array.from({ length: each }, () => ({
        number,
        architecture,
        args: Array.from({ length: 6 }, () =>
          BigInt.asUintN(64, next(8) === 0 ? BigInt(next(25)) : pick(values, next)),
        ),
      })),
    ),
  );
}
