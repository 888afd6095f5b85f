// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { LinuxSeccomp, SeccompArgument } from '../../../init/contract/linux-config.ts';
import { compileSeccomp } from '../../../seccomp/compile.ts';
import { syscallNumbers } from '../../../seccomp/syscalls.ts';
import { runFilter } from '../../support/bpf-machine.ts';

const x86_64 = 0xc000003e;
const [allowed, killed] = [0x7fff0000, 0];
const allow = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
const errno = (number: number): number => 0x50000 | number;

function verdict(seccomp: LinuxSeccomp, number: number, ...args: readonly bigint[]): number {
  return runFilter(compileSeccomp(seccomp, 'x86_64').program, { number, architecture: x86_64, args }).action;
}

function denying(args: readonly SeccompArgument[], errnoRet = 7): LinuxSeccomp {
  return { ...allow, syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet, args }] };
}

const mkdir = 83;

describe('a filter', () => {
  test('is the same bytes for the same section', () => {
    const section = denying([{ index: 1, op: 'SCMP_CMP_GT', value: 5 }]);
    expect(compileSeccomp(section, 'x86_64').program).toEqual(compileSeccomp(section, 'x86_64').program);
  });

  test('without rules is its default action, for the architectures that it has', () => {
    expect(verdict(allow, mkdir)).toBe(allowed);
    const { program } = compileSeccomp(allow, 'x86_64');
    expect(runFilter(program, { number: 39, architecture: 0x40000003, args: [] }).action).toBe(killed);
  });

  test('costs few instructions however many calls it names', () => {
    const names = [...syscallNumbers('x86_64').keys()].filter((_, index) => index % 2 === 0);
    const { program } = compileSeccomp(
      { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }] },
      'x86_64',
    );
    const costs = [...syscallNumbers('x86_64').values()].map(
      (number) => runFilter(program, { number, architecture: x86_64, args: [] }).executed,
    );
    expect(Math.max(...costs)).toBeLessThan(20);
  });

  test('reaches over more than 255 instructions', () => {
    const values = Array.from({ length: 600 }, (_, index) => 2n * BigInt(index));
    const seccomp = {
      ...allow,
      syscalls: values.map((value, index) => ({
        names: ['mkdir'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: index % 4000,
        args: [{ index: 0, op: 'SCMP_CMP_EQ', value }],
      })),
    };
    const { program } = compileSeccomp(seccomp, 'x86_64');
    for (const [index, value] of values.entries()) {
      const call = { number: mkdir, architecture: x86_64 };
      expect(runFilter(program, { ...call, args: [value] }).action).toBe(errno(index));
      expect(runFilter(program, { ...call, args: [value + 1n] }).action).toBe(allowed);
    }
  });

  test('that the kernel would not take is refused with its length', () => {
    const syscalls = Array.from({ length: 4000 }, (_, index) => ({
      names: ['mkdir'],
      action: 'SCMP_ACT_ERRNO',
      args: [
        { index: 0, op: 'SCMP_CMP_EQ', value: index * 3 },
        { index: 1, op: 'SCMP_CMP_EQ', value: index },
      ],
    }));
    expect(() => compileSeccomp({ ...allow, syscalls }, 'x86_64')).toThrow(
      /^linux\.seccomp: expected a filter of at most 4096 instructions, found \d+$/,
    );
  });
});

describe('rules', () => {
  test.each<readonly [string, bigint, bigint | undefined, readonly bigint[], readonly bigint[]]>([
    ['EQ', 2n ** 64n - 1n, undefined, [2n ** 64n - 1n], [2n ** 32n - 1n, 0n]],
    ['NE', 2n ** 32n, undefined, [0n, 1n], [2n ** 32n]],
    ['LT', 2n ** 32n, undefined, [0n, 2n ** 32n - 1n], [2n ** 32n, 2n ** 63n]],
    ['LE', 5n, undefined, [0n, 5n], [6n, 2n ** 32n]],
    ['GT', 2n ** 32n + 5n, undefined, [2n ** 32n + 6n, 2n ** 33n], [2n ** 32n + 5n, 6n]],
    ['GE', 2n ** 63n, undefined, [2n ** 63n, 2n ** 64n - 1n], [2n ** 63n - 1n]],
    ['MASKED_EQ', 0xf0n, 0x30n, [0x30n, 0x3fn, 2n ** 40n + 0x30n], [0x20n, 0x70n]],
    ['MASKED_EQ', 2n ** 32n, 2n ** 32n, [2n ** 32n, 2n ** 32n + 9n], [9n, 2n ** 33n]],
    ['MASKED_EQ', 0x7e020000n, undefined, [0n, 0x11n], [0x10000000n, 0x20000n]],
  ])('compare all 64 bits: %s %s', (name, value, valueTwo, matching, others) => {
    const argument = { index: 2, op: `SCMP_CMP_${name}`, value, ...(valueTwo === undefined ? {} : { valueTwo }) };
    for (const one of matching) expect(verdict(denying([argument]), mkdir, 0n, 0n, one)).toBe(errno(7));
    for (const one of others) expect(verdict(denying([argument]), mkdir, 0n, 0n, one)).toBe(allowed);
  });

  test('take all comparisons of different arguments, and any of the same one', () => {
    const first = { index: 0, op: 'SCMP_CMP_EQ', value: 1 };
    const both = denying([first, { index: 1, op: 'SCMP_CMP_EQ', value: 2 }]);
    expect([verdict(both, mkdir, 1n, 2n), verdict(both, mkdir, 1n, 3n)]).toEqual([errno(7), allowed]);
    const any = denying([first, { index: 0, op: 'SCMP_CMP_EQ', value: 5 }]);
    expect([verdict(any, mkdir, 1n), verdict(any, mkdir, 5n), verdict(any, mkdir, 2n)]).toEqual([
      errno(7),
      errno(7),
      allowed,
    ]);
  });

  test('without comparisons decide before others, and the first of them', () => {
    const rule = (errnoRet: number, args: readonly SeccompArgument[] = []) => ({
      names: ['mkdir'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet,
      args,
    });
    const syscalls = [rule(1, [{ index: 0, op: 'SCMP_CMP_EQ', value: 1 }]), rule(2), rule(3)];
    expect(verdict({ ...allow, syscalls }, mkdir, 1n)).toBe(errno(2));
  });

  test('for calls that no kernel has are left out', () => {
    const syscalls = [{ names: ['no_such_call', 'mkdir'], action: 'SCMP_ACT_ERRNO' }];
    expect(verdict({ ...allow, syscalls }, mkdir)).toBe(errno(1));
  });
});

describe('what a section may not say', () => {
  test.each<readonly [string, LinuxSeccomp]>([
    [
      'linux.seccomp.architectures[1]: expected one of SCMP_ARCH_*, found "X86"',
      { ...allow, architectures: ['SCMP_ARCH_X86', 'X86'] },
    ],
    [
      'linux.seccomp.syscalls[0].names: expected at least one, found none',
      { ...allow, syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }] },
    ],
    [
      'linux.seccomp.syscalls[0].args[0].index: expected 0 to 5, found 6',
      denying([{ index: 6, op: 'SCMP_CMP_EQ', value: 0 }]),
    ],
    [
      'linux.seccomp.syscalls[0].args[0].op: expected one of SCMP_CMP_*, found "EQ"',
      denying([{ index: 0, op: 'EQ', value: 0 }]),
    ],
    [
      'linux.seccomp.syscalls[0].args[0].value: expected 0 to 18446744073709551615, found -1',
      denying([{ index: 0, op: 'SCMP_CMP_EQ', value: -1 }]),
    ],
    [
      'linux.seccomp.syscalls[0].args[0].value: expected 0 to 18446744073709551615, found 18446744073709551616',
      denying([{ index: 0, op: 'SCMP_CMP_EQ', value: 2n ** 64n }]),
    ],
    [
      'linux.seccomp.syscalls[0].args[0].valueTwo: expected an integer of 64 bits, found 0.5',
      denying([{ index: 0, op: 'SCMP_CMP_EQ', value: 0, valueTwo: 0.5 }]),
    ],
    [
      'linux.seccomp.flags[0]: expected a rule with SCMP_ACT_NOTIFY along with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, found none',
      { ...allow, flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] },
    ],
  ])('%s', (message, seccomp) => {
    expect(() => compileSeccomp(seccomp, 'x86_64')).toThrow(message);
  });
});

test.each([
  [undefined, 4],
  [[], 0],
  [['SECCOMP_FILTER_FLAG_TSYNC'], 0],
  [['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'], 6],
])('the flags %j are %i for the kernel', (flags, expected) => {
  expect(compileSeccomp({ ...allow, ...(flags === undefined ? {} : { flags }) }, 'x86_64').flags).toBe(expected);
});
