// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { freePort } from '../../support/free-port.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { digestsIn } from '../../support/os-workplace.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const examples = new URL('../../../examples/', import.meta.url).pathname;

async function build(example: string, dir: string): Promise<void> {
  const args = ['build', '--cache', sharedCache, '--dir', dir, `${examples}${example}`];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 300_000 });
  expect(exitCode, stderr).toBe(0);
}

test('a folder beside the spec is served by the system, without what is excluded', async () => {
  using folder = temporaryFolder();
  await build('site.yml', folder.path);
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, join(folder.path, 'site')]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await page.text()).toContain('A whole folder');
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}/${path}`)).status;
  expect([await status('css/plain.css'), await status('README.md')]).toEqual([200, 404]);
  expect(await machine.powerOff()).toBe(0);
});

test('the example in TypeScript builds to the bytes of the one in YAML', async () => {
  using folder = temporaryFolder();
  const [typed, yaml] = [join(folder.path, 'typed'), join(folder.path, 'yaml')];
  await build('hello.ts', typed);
  await build('hello.yml', yaml);
  expect(Object.keys(digestsIn(typed))).toHaveLength(3);
  expect(digestsIn(typed)).toEqual(digestsIn(yaml));
});
