// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';

const page = readFileSync(new URL('../../../docs/supervision.md', import.meta.url), 'utf8');

test('the spec of docs/supervision.md is one', () => {
  const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const { onboot, services } = parseSpec(text, 'docs/supervision.md');
  expect(onboot).toMatchObject([{ on_failure: 'halt', timeout: '1m' }, { name: 'dhcp' }]);
  expect(services).toMatchObject([{ depends_on: ['mount'] }, { restart: 'on-failure:3' }, { restart: 'always' }]);
});

test('the cycle that it draws is drawn so', () => {
  const drawn = /^ {4}(os\.yml:.*cycle.*)$/m.exec(page)?.[1] ?? '';
  const entry = (name: string, other: string): string =>
    `  - name: ${name}\n    image: x\n    depends_on: [${other}]\n`;
  const text = `services:\n${entry('web', 'db')}${entry('db', 'web')}`;
  expect(refusalOf('spec', () => parseSpec(text, 'os.yml'))).toContain(drawn);
  expect(drawn).toContain('web -> db -> web');
});
