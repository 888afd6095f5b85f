// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Of all tests alone: the kernel has some 3,000 objects.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildForBoot, sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { unpackKernel } from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const hello = new URL('../../../examples/hello.yml', import.meta.url).pathname;
const name = 'localhost/kernel:edge-of-tests';
const folder = temporaryFolder();

beforeAll(async () => {
  // What QEMU has in place of an edge device's card.
  const mine = join(folder.path, 'mine.config');
  writeFileSync(mine, 'CONFIG_VIRTIO_NET=m\n');
  const fragments = ['cloud', 'edge', mine].flatMap((fragment) => ['--config', fragment]);
  const { exitCode, stderr } = await runTskit(
    ['kernel', 'build', ...fragments, '--tag', name, '--cache', sharedCache],
    { limitMs: 7_000_000 },
  );
  if (exitCode !== 0) throw new Error(stderr);
}, 7_200_000);
afterAll(() => folder[Symbol.dispose]());

test('a kernel for clouds and edge devices has its Wi-Fi drivers as modules, and what they depend on', async () => {
  await unpackKernel(name, sharedCache, folder.path);
  execFileSync('tar', ['-x', '-f', join(folder.path, 'kernel.tar'), '-C', folder.path]);
  const [release = ''] = execFileSync('ls', [join(folder.path, 'lib/modules')], { encoding: 'utf8' }).split('\n');
  const modprobe = (module: string): string =>
    execFileSync('modprobe', ['--dirname', folder.path, '--set-version', release, '--show-depends', module], {
      encoding: 'utf8',
    });
  // kmod's modprobe reads the index that kmod's depmod makes: by it the modules are whole.
  execFileSync('depmod', ['-e', '-F', join(folder.path, 'System.map'), '-b', folder.path, release]);
  expect(modprobe('iwlmvm')).toMatch(/\/iwlwifi\.ko.*\n.*\/iwlmvm\.ko/);
  expect(modprobe('rtw88_8822ce')).toContain('/rtw88_core.ko');
  expect(modprobe('ath9k')).toContain('/ath9k_hw.ko');
});

test('with `modules: auto` a system loads the module of its network card, and serves', async () => {
  using place = temporaryFolder();
  const { base } = await buildForBoot(hello, place.path, { replace: { 'pkg:kernel': name } });
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await page.text()).toContain('Hello from tskit');
  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).not.toMatch(/degraded|Kernel panic|not supported/);
});
