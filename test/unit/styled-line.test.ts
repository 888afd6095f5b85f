// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { bold, dim, renderLine, wrapWords } from '../../src/styled-line.ts';

test('styles are there with colour only, and change nothing of the text', () => {
  const line = ['a ', bold('b'), ' ', dim(''), { text: 'c', style: 'red' }] as const;
  expect(renderLine(line, false)).toBe('a b c');
  expect(renderLine(line, true)).not.toBe('a b c');
  expect(stripVTControlCharacters(renderLine(line, true))).toBe('a b c');
});

test('what strangers named cannot style anything or begin a line', () => {
  const evil = '\u001b[31mred\nnext\u202e';
  for (const color of [true, false]) {
    const shown = stripVTControlCharacters(renderLine([evil, bold(evil)], color));
    expect(shown).not.toMatch(/[\u001b\n\u202e]/);
    expect(shown).toContain('\\u001b[31mred');
  }
});

test.each([20, 30, 60])('words are wrapped at %i columns, and none is lost', (width) => {
  const words = ['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_KILL', 'a-word-that-is-longer-than-every-line', 'CAP_SETUID'];
  const lines = wrapWords(words, width, 4);
  expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(words);
  const [first = '', ...others] = lines;
  expect(others.every((line) => /^ {4}\S/.test(line))).toBe(true);
  // The first stands behind a label of the same width; a single word may be too long for any line.
  const tooLong = [`    ${first}`, ...others].filter((line) => line.length > width && line.trim().includes(' '));
  expect(tooLong).toEqual([]);
});
