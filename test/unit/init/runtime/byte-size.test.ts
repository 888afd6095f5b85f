// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseByteSize } from '../../../../init/runtime/byte-size.ts';

test.each([
  ['0', 0n],
  ['123', 123n],
  ['1b', 1n],
  ['1k', 1024n],
  ['1KiB', 1024n],
  ['512m', 536_870_912n],
  ['1.5g', 1_610_612_736n],
  ['2 T', 2n << 40n],
  ['9007199254740993', 9_007_199_254_740_993n],
])('"%s" is %d bytes', (text, size) => {
  expect(parseByteSize(text)).toBe(size);
});

test.each(['', '-1', 'm', '1x', '1.k', '1kk', '0x10', '1e3', ' 1'])('"%s" is no size', (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});
