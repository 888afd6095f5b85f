// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { compileGlob, matchGlob } from '../../../../init/boot/glob.ts';

// Judged by fnmatch(3): `bash -c '[[ TEXT == PATTERN ]]'` says the same of each.
const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['', '', true],
  ['', 'x', false],
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a*c', 'ac', true],
  ['ab*ba', 'aba', false],
  ['a*b*c', 'a1b2c', true],
  ['a*b*c', 'a1c2b', false],
  ['*:PNP0C0C:*', ':PNP0C0C:', true],
  ['*:PNP0C0C:*', ':PNP0C0A:', false],
  ['d*sv*sd*bc01sc06i01*', 'd00002922sv00001AF4sd00001100bc01sc06i01', true],
  ['d*sv*sd*bc01sc05i01*', 'd00002922sv00001AF4sd00001100bc01sc06i01', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*[0-9]', 'v7', true],
  ['*[0-9]', 'vx', false],
  ['*[!0-9]', 'vx', true],
  ['v[1-3a]*', 'va9', true],
  ['v[1-3a]*', 'v4', false],
  ['[]x]', ']', true],
  ['[a-]', '-', true],
  ['[ab', 'a', false],
  ['*a*[0-9]b?', 'xxa1b2a3bc', true],
];

describe('matchGlob', () => {
  test.each(cases)('%j on %j is %s', (pattern, text, matches) => {
    expect(matchGlob(compileGlob(pattern), text)).toBe(matches);
  });

  test('starts at the given place', () => {
    expect(matchGlob(compileGlob('d*'), 'pci:v1d2', 6)).toBe(true);
    expect(matchGlob(compileGlob('v*'), 'pci:v1d2', 6)).toBe(false);
    expect(matchGlob(compileGlob('[d]?'), 'pci:v1d2', 6)).toBe(true);
  });
});
