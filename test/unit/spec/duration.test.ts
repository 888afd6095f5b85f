// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { durationSeconds, durationShape } from '../../../src/spec/duration.ts';

test.each([
  ['10s', 10],
  ['1m30s', 90],
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['100ms', 0.1],
  ['1.5s', 1.5],
  ['250us', 0.00025],
  ['0s', 0],
])('%s is %d seconds', (text, seconds) => {
  expect(durationShape.test(text)).toBe(true);
  expect(durationSeconds(text)).toBe(seconds);
});

test.each(['', '10', 's', '10 s', '-1s', '1d', '1s1', '1.s', '10S', '9999999999s'])('%j is no duration', (text) => {
  expect(durationShape.test(text)).toBe(false);
});
