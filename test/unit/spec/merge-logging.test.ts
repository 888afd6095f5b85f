// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { mergeSettings } from '../../../src/spec/merge.ts';
import type { LoggingSpec } from '../../../src/spec/supervision-types.ts';

test.each<[string, LoggingSpec | undefined, LoggingSpec | undefined, LoggingSpec]>([
  ['a label alone counts', { driver: 'kmsg' }, undefined, { driver: 'kmsg' }],
  ['an entry alone counts', undefined, { json: true }, { json: true }],
  ['keys are replaced one by one', { max_size: '1m', json: true }, { max_size: '2m' }, { max_size: '2m', json: true }],
  [
    "a server takes the label's driver",
    { driver: 'syslog' },
    { address: '10.0.0.1' },
    { driver: 'syslog', address: '10.0.0.1' },
  ],
  [
    'another driver ends what was of the other alone',
    { driver: 'file', max_size: '1m', max_files: 3, rate: '10/s' },
    { driver: 'memory' },
    { driver: 'memory', max_size: '1m', rate: '10/s' },
  ],
])('%s', (_, label, entry, merged) => {
  const settings = (logging: LoggingSpec | undefined) => (logging === undefined ? {} : { logging });
  expect(mergeSettings(settings(label), settings(entry))).toEqual({ logging: merged });
});

test('secrets of an entry replace those of the label, and an empty list clears them', () => {
  expect(mergeSettings({ secrets: ['a'] }, {})).toEqual({ secrets: ['a'] });
  expect(mergeSettings({ secrets: ['a'] }, { secrets: [] })).toEqual({ secrets: [] });
});
