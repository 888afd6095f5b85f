// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseNumberList } from '../../../../../init/container/process/number-list.ts';

test.each([
  ['0', [1, 0, 0, 0, 0, 0, 0, 0]],
  ['0-3,7', [0x8f, 0, 0, 0, 0, 0, 0, 0]],
  ['8, 9', [0, 3, 0, 0, 0, 0, 0, 0]],
  ['64', [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]],
])('"%s" are the bits of its numbers, in whole words', (list, bytes) => {
  expect([...parseNumberList(list)]).toEqual(bytes);
});

test.each([
  ['', 'expected numbers and ranges such as "0-3,7", found ""'],
  ['0,', 'expected numbers and ranges such as "0-3,7", found "0,"'],
  ['-1', 'expected numbers and ranges such as "0-3,7", found "-1"'],
  ['3-1', 'expected ranges that ascend, found "3-1"'],
  ['0-9876543210', 'expected numbers up to 65535, found "0-9876543210"'],
])('"%s" is refused', (list, message) => {
  expect(() => parseNumberList(list)).toThrow(message);
});
