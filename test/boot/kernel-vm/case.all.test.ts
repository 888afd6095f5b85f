// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, statSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { parseKernelConfig } from '../../../src/kernel/config.ts';
import { hardeningReport } from '../../../src/kernel/hardening.ts';
import { buildForBoot, sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { DiskMachine } from '../../support/disk-machine.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { unpackKernel } from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const examples = new URL('../../../examples/', import.meta.url).pathname;
const replace = { 'pkg:kernel': 'pkg:kernel-vm' };
const folder = temporaryFolder();
const name = 'localhost/kernel:vm-of-tests';

// The one build of it: what the specs below name is the same by its hash.
beforeAll(async () => {
  const { exitCode, stderr } = await runTskit(['kernel', 'build', '--tag', name, '--cache', sharedCache], {
    limitMs: 7_000_000,
  });
  if (exitCode !== 0) throw new Error(stderr);
  return () => folder[Symbol.dispose]();
}, 7_200_000);

test('pkg:kernel-vm is small, and better hardened than most', async () => {
  await unpackKernel(name, sharedCache, folder.path);
  expect(statSync(`${folder.path}/kernel`).size).toBeLessThan(9_000_000);
  const config = parseKernelConfig(readFileSync(`${folder.path}/kernel.config`, 'utf8'));
  const { followed, notFollowed } = hardeningReport(config, 'amd64');
  expect(followed / (followed + notFollowed)).toBeGreaterThan(0.7);
});

test('pkg:kernel-vm boots to a service that answers, with networks and supervision', async () => {
  using place = temporaryFolder();
  const { base } = await buildForBoot(`${examples}hello.yml`, place.path, { replace });
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await page.text()).toContain('Hello from tskit');
  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).not.toMatch(/degraded|Kernel panic|not supported/);
});

test('pkg:kernel-vm boots from a disk by UEFI, verifies the root and mounts it without an initrd', async () => {
  using place = temporaryFolder();
  const { base, stderr } = await buildForBoot(`${examples}hello.yml`, place.path, {
    args: ['--format', 'raw-efi'],
    replace: { ...replace, 'kernel:\n': 'root: erofs\nkernel:\n' },
  });
  const port = await freePort();
  const file = `${base}-efi.img`;
  await using machine = new DiskMachine({ file, firmware: 'uefi', attached: 'virtio', publish: { 80: port } });
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await page.text()).toContain('Hello from tskit');
  // All that takes is compiled in, so that the kernel verifies and mounts it by itself.
  expect(stderr).toContain('root: without an initrd');
  expect(machine.console).not.toContain('***');
  expect(await machine.powerOff()).toBe(0);
});

test.each<[string, number, RegExp]>([
  ['dm-crypt-loop', 256, /^secrets: a secret thing$/m],
  ['namespace', 0, /tskit: booted/],
  ['volumes', 0, /tskit: booted/],
])('pkg:kernel-vm boots examples/%s.yml', async (example, diskMiB, shown) => {
  using place = temporaryFolder();
  const { base } = await buildForBoot(`${examples}${example}.yml`, place.path, { replace });
  const disk = diskMiB === 0 ? [] : ['--disk', `${place.path}/disk.img,size=${diskMiB}M`];
  await using machine = new Machine([...disk, base]);
  await machine.waitFor(shown);
  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).not.toMatch(/degraded|Kernel panic|failed with exit code/);
});
