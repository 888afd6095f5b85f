// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { stringifyJson } from '../../src/json.ts';

test('a bigint is written as a number with all its digits', () => {
  expect(stringifyJson({ soft: 18_446_744_073_709_551_615n, hard: -9_007_199_254_740_993n })).toBe(
    '{"soft":18446744073709551615,"hard":-9007199254740993}',
  );
});

test('everything else is written as JSON.stringify writes it', () => {
  const value = { text: 'é"\n', list: [1, null, true], absent: undefined };
  expect(stringifyJson(value, 2)).toBe(JSON.stringify(value, null, 2));
});
