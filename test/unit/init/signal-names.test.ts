// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { signalName, signalNumber } from '../../../init/signal-names.ts';

// Two names of one number: the older ones.
const aliases = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED']);
const known = Object.entries(constants.signals).filter(([name]) => !aliases.has(name));

describe('signals', () => {
  test.each(known)('%s is %d', (name, number) => {
    expect(signalNumber(name)).toBe(number);
    expect(signalName(number)).toBe(name);
  });

  test.each([
    ['TERM', 15],
    ['sigquit', 3],
    ['9', 9],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
    ['SIGRTMIN', 34],
    ['SIGRTMAX+1', undefined],
    ['0', undefined],
    ['65', undefined],
    ['SIGNOTHING', undefined],
    ['', undefined],
  ])('%j of an image is %s', (text, number) => {
    expect(signalNumber(text)).toBe(number);
  });

  test('one without a name is called by its number', () => {
    expect(signalName(40)).toBe('signal 40');
  });
});
