// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { explainWatchdog } from '../../../src/explain/watchdog-settings.ts';
import { parseSpec } from '../../../src/spec/parse.ts';

test('a setting of the watchdog has its line, or is a default', () => {
  expect(explainWatchdog(parseSpec('watchdog:\n  timeout: 2m\n', 'os.yml'))).toEqual([
    {
      setting: 'device',
      value: '/dev/watchdog0',
      entry: 'watchdog.device',
      default: 'where the spec says nothing',
    },
    {
      setting: 'timeout',
      value: '120 s',
      entry: 'watchdog.timeout',
      place: { file: 'os.yml', line: 2, column: 3 },
    },
  ]);
  expect(explainWatchdog(parseSpec('services: []\n', 'os.yml'))).toEqual([]);
});
