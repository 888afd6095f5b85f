// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { isSet, parseCommandLine } from '../../../../init/boot/command-line.ts';

describe('parseCommandLine', () => {
  test('splits at spaces, keeps the order and gives bare words an empty value', () => {
    expect(parseCommandLine('console=ttyS0  quiet root=LABEL=x\n')).toEqual([
      ['console', 'ttyS0'],
      ['quiet', ''],
      ['root', 'LABEL=x'],
    ]);
  });

  test('splits at tabs and line ends as well, as the kernel does', () => {
    expect(parseCommandLine('a=1\ttskit.console\nb')).toEqual([
      ['a', '1'],
      ['tskit.console', ''],
      ['b', ''],
    ]);
  });

  test('takes spaces inside of double quotes as part of a value', () => {
    expect(parseCommandLine('a="one two" "b=three four" c')).toEqual([
      ['a', 'one two'],
      ['b', 'three four'],
      ['c', ''],
    ]);
  });

  test('ends at "--", which is followed by arguments of init', () => {
    expect(parseCommandLine('quiet -- tskit.console')).toEqual([['quiet', '']]);
  });

  test('of an empty line is empty', () => {
    expect(parseCommandLine('\n')).toEqual([]);
  });
});

describe('isSet', () => {
  test.each([
    ['tskit.console', true],
    ['tskit.console=1', true],
    ['tskit.console=0', false],
    ['tskit.console tskit.console=0', false],
    ['tskit.consoles', false],
  ])('of %j is %s', (text, set) => {
    expect(isSet(parseCommandLine(text), 'tskit.console')).toBe(set);
  });
});
