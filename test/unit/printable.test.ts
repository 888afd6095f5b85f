// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { printable, printableLine } from '../../src/printable.ts';

test.each([
  ['a colour', 'x\u001b[31mred', 'x\\u001b[31mred'],
  ['a carriage return that hides what was before', 'bad\rgood', 'bad\\u000dgood'],
  ['a C1 control sequence', '\u009b2J', '\\u009b2J'],
  ['delete', 'a\u007f', 'a\\u007f'],
  ['a change of direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
])('%s is shown and not obeyed', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('letters of all scripts, marks and several lines stay as they are', () => {
  const text = 'año 日本 🚀 ✓\n\tcaret: ^\n';
  expect(printable(text)).toBe(text);
});

test('a line stays one line', () => {
  expect(printableLine('one\ntwo\tthree')).toBe('one\\ntwo three');
});
