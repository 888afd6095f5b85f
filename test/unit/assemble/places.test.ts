// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, expect, test } from 'vitest';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { settingsLabel } from '../../../src/spec/label.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { Assembly, flattened } from '../../support/assembly.ts';

const assembly = new Assembly();
afterAll(() => assembly[Symbol.dispose]());

/** What is wrong with a service of these lines and an image with this label. */
async function mistakeOf(lines: string, label = '{}'): Promise<string> {
  const image = assembly.image('web', [{ name: 'a', data: 'x' }], { Cmd: ['/a'], Labels: { [settingsLabel]: label } });
  const spec = parseSpec(`services:\n  - name: web\n    image: web\n${lines}`, 'os.yml');
  const failure: unknown = await assemble(flattened(spec, [image]), { init: 'tskit' }, assembly.ctx).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('nothing is wrong');
  return failure.message;
}

test.each([
  ['    user: nobody\n', '4:5', /user "nobody": expected/],
  ['    logging: { driver: syslog }\n', '4:5', /logging: expected an address/],
  ['    healthcheck: { test: a }\n', '4:20', /healthcheck\.test: expected \/bin\/sh in the image/],
])('a mistake that only the image shows has the place of its setting: %j', async (lines, place, message) => {
  const text = await mistakeOf(lines);
  expect(text).toMatch(new RegExp(`^os\\.yml:${place}: assembling services\\[0\\] "web" of image "web": `));
  expect(text).toMatch(message);
});

test('a mistake in the label has the place of the entry', async () => {
  const text = await mistakeOf('    readonly: true\n', '{"capabilities": ["CAP_FLY"]}');
  expect(text).toMatch(/^os\.yml:2:5: assembling services\[0\] "web" of image "web": .*CAP_FLY/s);
});

test('the address of a syslog server may be in the label', async () => {
  const image = assembly.image('web', [{ name: 'a', data: 'x' }], {
    Cmd: ['/a'],
    Labels: { [settingsLabel]: '{"logging": {"driver": "syslog", "address": "10.0.0.1"}}' },
  });
  const spec = parseSpec('services:\n  - name: web\n    image: web\n    logging: { driver: syslog }\n', 'os.yml');
  await expect(assemble(flattened(spec, [image]), { init: 'tskit' }, assembly.ctx)).resolves.toBeDefined();
});
