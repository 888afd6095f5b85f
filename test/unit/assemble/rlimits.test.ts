// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { rlimit } from '../../../src/assemble/rlimits.ts';

test.each([
  ['nofile,1024,4096', { type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 }],
  ['RLIMIT_core, 0, 0', { type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
  ['memlock,unlimited,Unlimited', { type: 'RLIMIT_MEMLOCK', soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n }],
  ['as,9007199254740991,9007199254740993', { type: 'RLIMIT_AS', soft: 9007199254740991, hard: 9007199254740993n }],
])('"%s" keeps every digit', (text, expected) => {
  expect(rlimit(text)).toEqual(expected);
});

test.each([
  ['nofile,1024', 'expected "NAME,SOFT,HARD", found "nofile,1024"'],
  ['nofile,1,2,3', 'expected "NAME,SOFT,HARD"'],
  ['files,1,2', 'expected one of'],
  ['nofile,-1,2', 'found "-1"'],
  ['nofile,1,18446744073709551616', 'found "18446744073709551616"'],
  ['nofile,1e3,2', 'found "1e3"'],
])('"%s" is an error', (text, message) => {
  expect(() => rlimit(text)).toThrow(message);
});
