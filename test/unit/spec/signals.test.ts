// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { signalName, signalNumber } from '../../../init/signal-names.ts';
import { isSignal, signalNames } from '../../../src/spec/signals.ts';

test('the signals of the spec are those of init, with their numbers', () => {
  expect(signalNames).toEqual(Array.from({ length: 31 }, (_, index) => signalName(index + 1)));
});

const texts =
  'SIGTERM term SIGQUIT 1 64 0 65 3.5 SIGRTMIN rtmin+3 SIGRTMAX-1 SIGRTMIN+31 SIGRTMAX+1 SIGRTMIN-34 SIGFOO SIG -1 SIG15 SIGSIGTERM';

test.each([...texts.split(' '), ''])('%j is a signal to both or to none', (text) => {
  expect(isSignal(text)).toBe(signalNumber(text) !== undefined);
});
