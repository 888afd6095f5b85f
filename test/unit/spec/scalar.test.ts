// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { resolvePlain } from '../../../src/spec/scalar.ts';

const cases: readonly (readonly [string, unknown])[] = [
  ['', null],
  ['~', null],
  ['Null', null],
  ['true', true],
  ['FALSE', false],
  ['yes', 'yes'],
  ['off', 'off'],
  ['0', 0],
  ['-0', 0],
  ['12', 12],
  ['+12', 12],
  ['-7', -7],
  ['1_000', 1000],
  ['0644', 0o644],
  ['-0644', -0o644],
  ['0o644', 0o644],
  ['0x1F', 31],
  ['0b101', 5],
  ['08', 8],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1.', 1],
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['-9223372036854775808', -9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
  ['.inf', Number.POSITIVE_INFINITY],
  ['-.INF', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['2024-01-01', '2024-01-01'],
  ['1.2.3', '1.2.3'],
  ['10.0.0.1/24', '10.0.0.1/24'],
  ['12:30', '12:30'],
  ['0x', '0x'],
  ['-', '-'],
  ['+', '+'],
  ['.', '.'],
  ['-v', '-v'],
  ['_1', '_1'],
  ['<<', '<<'],
];

test.each(cases)('the plain scalar %s means %s', (source, value) => {
  expect(resolvePlain(source)).toEqual(value);
});

test('a number of a million digits is no integer, and is read within the time of a test', () => {
  expect(resolvePlain('9'.repeat(1_000_000))).toBe(Number.POSITIVE_INFINITY);
});
