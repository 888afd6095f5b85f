// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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

test('in a named configuration, too, a module does not suffice for a system that is to have none', async () => {
  writeFileSync(join(folder.path, 'modules.config'), `${config}CONFIG_OVERLAY_FS=m\n`);
  writeFileSync(
    join(folder.path, 'no-modules.yml'),
    'kernel: {image: oci:images:kernel, tar: none, modules: none}\nservices:\n  - {name: web, image: oci:images:web}\n',
  );
  expect(await check('--kernel-config', 'modules.config', 'os.yml')).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await check('--kernel-config', 'modules.config', 'no-modules.yml');
  expect([exitCode, stdout]).toEqual([
    1,
    expect.stringContaining('found it as a module, of which the system has none'),
  ]);
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

test('a configuration may be compressed as in /proc/config.gz, and what is none is an error', async () => {
  writeFileSync(join(folder.path, 'config.gz'), gzipSync(config));
  expect(await check('--kernel-config', 'config.gz')).toMatchObject({ exitCode: 0 });
  for (const options of [[], ['--hardening']]) {
    const { exitCode, stderr } = await check(...options, '--kernel-config', 'os.yml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'reading the kernel configuration "os.yml": expected lines such as CONFIG_NET=y, found none',
    );
  }
});

test('a spec without a kernel is nothing to compare a configuration with', async () => {
  writeFileSync(join(folder.path, 'none.yml'), 'services:\n  - {name: web, image: oci:images:web}\n');
  const { exitCode, stderr } = await check('--kernel-config', 'mine.config', 'none.yml');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('expected a spec with `kernel`, found none')]);
  expect(await check('none.yml')).toMatchObject({ exitCode: 0, stdout: 'the spec names no kernel' });
});

test('hardening is that of the architecture that is asked for', async () => {
  writeFileSync(join(folder.path, 'arm.config'), 'CONFIG_UNMAP_KERNEL_AT_EL0=y\n');
  const { stdout } = await check('--hardening', '--json', '--arch', 'arm64', '--kernel-config', 'arm.config');
  const report = JSON.parse(stdout) as { groups: { results: { option: string; status: string }[] }[] };
  const results = report.groups.flatMap((group) => group.results);
  expect(results.find(({ option }) => option === 'CONFIG_UNMAP_KERNEL_AT_EL0')?.status).toBe('followed');
  expect(results.find(({ option }) => option === 'CONFIG_RANDOMIZE_MEMORY')?.status).toBe('absent');
});

test.each([
  [
    ['check', '--hardening', '--kernel-config', 'mine.config', '--arch', 'mips'],
    'kernel check --hardening: expected --arch amd64 or arm64, found "mips"',
  ],
  [['check', '--tiny', 'os.yml'], 'option "--tiny" belongs to build'],
  [['build', '--kernel-config', 'x'], 'option "--kernel-config" belongs to check'],
  [['build', '--hardening'], 'option "--hardening" belongs to check'],
  [['build', '--tag', 'UP'], '--tag: expected a name such as "localhost/kernel:mine", found "UP"'],
  [['check', '--hardening', 'os.yml'], 'kernel check --hardening: expected no SPEC, found "os.yml"'],
] as const)('kernel %j is a mistake of use', async (args, message) => {
  const { exitCode, stderr } = await runTskit(['kernel', ...args], { cwd: folder.path });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test('a kernel of an architecture that none is built for is refused by its name', async () => {
  const { exitCode, stderr } = await runTskit(['kernel', 'build', '--arch', 'mips'], { cwd: folder.path });
  expect(stderr).toContain('building a kernel: expected one of amd64, arm64, found "mips"');
  expect(exitCode).toBe(1);
});
