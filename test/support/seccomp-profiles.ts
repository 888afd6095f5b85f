// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp profiles for tests: ones that chance makes, and what is worth asking a filter.

import { readFileSync } from 'node:fs';
import type { LinuxSeccomp, SeccompArgument, SeccompRule } from '../../init/contract.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';
import { syscallNumbers } from '../../seccomp/syscalls.ts';
import type { Call } from './bpf-machine.ts';

/** Repeats itself for a seed (mulberry32); gives integers from 0 up to `below`. */
export type Chance = (below: number) => number;

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

const names = [...new Set([...syscallNumbers('x86_64').keys(), ...syscallNumbers('x86').keys()])];
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

function pick<T>(from: readonly T[], next: Chance): T {
  return from[next(from.length)] as T;
}

function randomArgument(next: Chance): SeccompArgument {
  const op = `SCMP_CMP_${pick(operators, next)}`;
  const argument = { index: next(3), op, value: pick(interesting, next) };
  return op === 'SCMP_CMP_MASKED_EQ' ? { ...argument, valueTwo: pick(interesting, next) } : argument;
}

function randomRule(next: Chance, from: readonly string[]): SeccompRule {
  const action = pick(actions, next);
  const rule = {
    names: Array.from({ length: 1 + next(4) }, () => pick(from, next)),
    action,
    args: next(2) === 0 ? [] : Array.from({ length: 1 + next(3) }, () => randomArgument(next)),
  };
  return action === 'SCMP_ACT_ERRNO' && next(2) === 0 ? { ...rule, errnoRet: next(200) } : rule;
}

/** Few names, so that rules meet. */
export function randomProfile(next: Chance, native: NativeArchitecture): LinuxSeccomp {
  const from = Array.from({ length: 1 + next(60) }, () => pick(names, next));
  return {
    defaultAction: pick(actions, next),
    architectures: subArchitectures[native].filter(() => next(2) === 0),
    syscalls: Array.from({ length: next(40) }, () => randomRule(next, from)),
  };
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
export function numbersOf(profile: LinuxSeccomp, native: NativeArchitecture): readonly number[] {
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
