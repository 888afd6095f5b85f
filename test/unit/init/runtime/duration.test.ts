// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseDuration } from '../../../../init/runtime/duration.ts';

test.each([
  ['5s', 5e9],
  ['500ms', 5e8],
  ['1.5s', 1.5e9],
  ['1m30s', 90e9],
  ['2h', 7200e9],
  ['10us', 1e4],
])('"%s" is %d ns', (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each(['', '5', '0s', '-1s', 's', '5 s', '1d'])('"%s" is no duration to wait', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
