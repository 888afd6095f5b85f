// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';

const page = readFileSync(new URL('../../../docs/logging.md', import.meta.url), 'utf8');

test('the spec of docs/logging.md is one', () => {
  const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const { services, secrets, watchdog } = parseSpec(text, 'docs/logging.md');
  expect(services).toMatchObject([{ critical: true, logging: { max_files: 3 } }, { logging: { driver: 'syslog' } }]);
  expect(Object.keys(secrets ?? {})).toEqual(['token', 'key']);
  expect(watchdog).toEqual({ timeout: '60s' });
});
