// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parsePersonality } from '../../../../../init/container/process/personality.ts';

test('a domain is a number, and flags are warned of', () => {
  const warnings: string[] = [];
  expect(parsePersonality({ domain: 'LINUX32', flags: ['ADDR_NO_RANDOMIZE'] }, (text) => warnings.push(text))).toBe(8);
  expect(warnings).toEqual(['linux.personality.flags: "ADDR_NO_RANDOMIZE" is left out: there are no flags yet']);
});

test('an unknown domain is refused', () => {
  expect(() => parsePersonality({ domain: 'SOLARIS' }, () => {})).toThrow(
    'linux.personality.domain: expected one of LINUX, LINUX32, found "SOLARIS"',
  );
});
