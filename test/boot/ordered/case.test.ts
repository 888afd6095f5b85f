// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('in the example a page is written, served and read; what is stopped as its header says is soon there again', async () => {
  using folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: join(folder.path, 'run') };
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  const spec = new URL('../../../examples/supervision.yml', import.meta.url).pathname;
  const [, stop = ''] = /^# {3}tskit (ctl exec .*)$/m.exec(readFileSync(spec, 'utf8')) ?? [];
  const { base } = await buildForBoot(spec, folder.path, { replace: { 'ttyS0 quiet': 'ttyS0 quiet tskit.console' } });
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, base], [], env);
  const page = async () => await (await fetchUntil(`http://127.0.0.1:${port}/`, machine)).text();
  await machine.waitFor(/^reader: <h1>Hello<\/h1>/m);
  expect(await page()).toBe('<h1>Hello</h1>\n');
  expect(machine.console).not.toMatch(/\*\*\*|degraded|FAILED/);
  const { exitCode, stderr } = await runTskit(stop.split(' '), { env, limitMs: 60_000 });
  expect([exitCode, stderr]).toEqual([0, '']);
  await machine.waitFor(
    /service nginx: ended with exit code 0 after .*, restart in [^]*service nginx: started again[^]*service nginx: healthy/,
  );
  expect(await page()).toBe('<h1>Hello</h1>\n');
  expect(await machine.powerOff()).toBe(0);
});
