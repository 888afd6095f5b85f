// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';

const page = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

test('the specs of docs/spec.md are specs, and mean what the page says', () => {
  const variables = { set: new Map<string, string>(), environment: { SITE: 'eu', VERSION: '1.30' } };
  const [variable, anchors] = blocks.map((text) => parseSpec(text, 'docs/spec.md', { variables }));
  expect(variable).toMatchObject({
    kernel: { cmdline: 'console=ttyS0' },
    services: [{ image: 'docker.io/library/nginx:1.30', env: ['SITE=eu', 'GREETING=hello'] }],
  });
  expect(anchors?.services).toMatchObject([{ name: 'eu' }, { name: 'us', readonly: true }]);
  expect(blocks).toHaveLength(2);
});
