// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initOptions } from '../../src/assemble/kernel-options.ts';
import { runTskit } from '../support/cli.ts';
import { umociImage } from '../support/images.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const layout = join(folder.path, 'images');
const spec = join(folder.path, 'os.yml');
const config = [...initOptions, 'CONFIG_PID_NS', 'CONFIG_SECCOMP_FILTER'].map((option) => `${option}=y\n`).join('');

beforeAll(async () => {
  await umociImage(layout, 'kernel', { layers: [{ kernel: 'bz', 'kernel.config': config }] });
  await umociImage(layout, 'web', { layers: [{ 'bin/web': 'x' }], entrypoint: ['/bin/web'] });
  writeFileSync(
    spec,
    'kernel: {image: oci:images:kernel, tar: none}\nservices:\n  - {name: web, image: oci:images:web}\n',
  );
});
afterAll(() => folder[Symbol.dispose]());

function check(...args: readonly string[]) {
  return runTskit(['kernel', 'check', '--cache', join(folder.path, 'cache'), ...args], { cwd: folder.path });
}

test('kernel check lists what a spec needs and ends with 1 when the image has not all of it', async () => {
  const { exitCode, stdout } = await check('os.yml');
  expect(exitCode).toBe(1);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toContain("✓ CONFIG_EPOLL           tskit's init");
  expect(lines).toContain(
    '✗ CONFIG_OVERLAY_FS      the root of container "web", which is written to (os.yml:3:5), found it not set',
  );
  expect(lines.at(-1)).toBe('1 of 17 missing in "/kernel.config" of "oci:images:kernel"');
});

test('a configuration on this machine takes the place of that of the image', async () => {
  writeFileSync(join(folder.path, 'mine.config'), `${config}CONFIG_OVERLAY_FS=y\n`);
  const { exitCode, stdout } = await check('--kernel-config', 'mine.config', '--json', 'os.yml');
  expect(exitCode).toBe(0);
  const report = JSON.parse(stdout) as { source: string; needs: { option: string; isMet: boolean; place?: string }[] };
  expect(report.source).toBe('"mine.config"');
  expect(report.needs.every(({ isMet }) => isMet)).toBe(true);
  expect(report.needs).toContainEqual(expect.objectContaining({ option: 'CONFIG_OVERLAY_FS', place: 'os.yml:3:5' }));
});

test('a configuration alone is compared with what PID 1 needs', async () => {
  writeFileSync(join(folder.path, 'few.config'), 'CONFIG_EPOLL=y\n# CONFIG_TMPFS is not set\n');
  const { exitCode, stdout } = await check('--kernel-config', 'few.config');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('✗ CONFIG_TMPFS');
  expect(stdout).toContain('✓ CONFIG_EPOLL');
});

test('a build of the same spec stops and writes nothing', async () => {
  const args = ['build', '--cache', join(folder.path, 'cache'), '--name', 'made', 'os.yml'];
  const { exitCode, stderr } = await runTskit(args, { cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('os.yml:3:5: services[0].readonly: expected a kernel with CONFIG_OVERLAY_FS');
  expect(readdirSync(folder.path).filter((name) => name.startsWith('made'))).toEqual([]);
});
