// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { syscallNumbersOf, syscallTable } from '../../../scripts/syscall-headers.ts';

const header = `
#define __NR_OABI_SYSCALL_BASE 0x900000
#define __NR_read (__NR_SYSCALL_BASE + 3)
#define __NR_x32call	(__X32_SYSCALL_BIT + 512)
#define __NR_plain 7
#define __NR_alias		__NR_plain
#define __ARM_NR_BASE			(__NR_SYSCALL_BASE+0x0f0000)
#define __ARM_NR_set_tls		(__ARM_NR_BASE+5)
#define OTHER 9
`;

test('numbers are read however a header makes them', () => {
  expect(Object.fromEntries(syscallNumbersOf(header))).toEqual({
    read: 3,
    x32call: 512,
    plain: 7,
    alias: 7,
    set_tls: 0xf0005,
  });
});

test('a number that is made in an unknown way is an error', () => {
  expect(() => syscallNumbersOf('#define __NR_new (__FRESH_BASE + 1)')).toThrow(
    'expected a known base, found "FRESH_BASE"',
  );
  expect(() => syscallNumbersOf('#define __NR_new __NR_missing')).toThrow('found "missing"');
});

test('the table has a row for each call, sorted, and a dash where an interface has none', () => {
  const table = syscallTable(
    [
      ['a', new Map([['write', 1]])],
      [
        'b',
        new Map([
          ['read', 0],
          ['write', 4],
        ]),
      ],
    ],
    'headers',
  );
  expect(table).toContain('`read - 0\nwrite 1 4`');
  expect(table).toContain("['a', 'b']");
});
