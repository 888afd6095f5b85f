// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { mergeSettings } from '../../../src/spec/merge.ts';
import type { ImageSettings } from '../../../src/spec/types.ts';

test.each<[string, ImageSettings, ImageSettings, ImageSettings]>([
  ['a label alone counts', { restart: 'always' }, {}, { restart: 'always' }],
  ['an entry replaces it', { restart: 'always' }, { restart: 'no' }, { restart: 'no' }],
  [
    'a policy is replaced key by key',
    { restart: 'always', restart_policy: { delay: '1s', backoff: 3 } },
    { restart_policy: { delay: '2s' } },
    { restart: 'always', restart_policy: { delay: '2s', backoff: 3 } },
  ],
  [
    "a condition takes the place of the label's restart",
    { restart: 'always' },
    { restart_policy: { condition: 'on-failure' } },
    { restart_policy: { condition: 'on-failure' } },
  ],
  [
    "restart takes the place of the label's condition",
    { restart_policy: { condition: 'any', max_attempts: 3 } },
    { restart: 'on-failure' },
    { restart: 'on-failure', restart_policy: { max_attempts: 3 } },
  ],
  [
    'and its number that of attempts',
    { restart_policy: { max_attempts: 3, delay: '1s' } },
    { restart: 'on-failure:5' },
    { restart: 'on-failure:5', restart_policy: { delay: '1s' } },
  ],
  [
    'a check is replaced key by key',
    { healthcheck: { tcp: 80, interval: '5s' } },
    { healthcheck: { interval: '1s' } },
    { healthcheck: { tcp: 80, interval: '1s' } },
  ],
  [
    'another check takes the place of the one there is',
    { healthcheck: { tcp: 80, interval: '5s', notify: false } },
    { healthcheck: { file: '/ready' } },
    { healthcheck: { file: '/ready', interval: '5s' } },
  ],
  [
    'a check takes the place of none',
    { healthcheck: { disable: true } },
    { healthcheck: { tcp: 80 } },
    { healthcheck: { tcp: 80 } },
  ],
  [
    'none takes the place of a check',
    { healthcheck: { tcp: 80 } },
    { healthcheck: { disable: true } },
    { healthcheck: { disable: true } },
  ],
  [
    'that it is not disabled leaves the check',
    { healthcheck: { tcp: 80 } },
    { healthcheck: { disable: false } },
    { healthcheck: { tcp: 80, disable: false } },
  ],
  ['a stop signal is replaced', { stop_signal: 'INT' }, { stop_signal: 'QUIT' }, { stop_signal: 'QUIT' }],
])('%s', (_, label, entry, merged) => {
  expect(mergeSettings(label, entry)).toStrictEqual(merged);
});
