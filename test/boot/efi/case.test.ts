// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { DiskMachine, type DiskMachineOptions, withoutTimerCheck } from '../../support/disk-machine.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = new URL('../../../examples/hello.yml', import.meta.url).pathname;

type Attached = NonNullable<DiskMachineOptions['attached']>;

const short: readonly [root: string, attached: Attached, found: RegExp][] = [
  ['initramfs', 'virtio', /init \S+ starts/],
  ['erofs', 'virtio', /root: vda, verified/],
];
/** Debian's kernel for clouds drives neither; the firmware does, and has read all of the system then. */
const more: typeof short = [
  ['initramfs', 'sata', /init \S+ starts/],
  ['initramfs', 'usb', /init \S+ starts/],
];
const cases = process.env['TSKIT_TEST_ALL'] === '1' ? [...short, ...more] : short;

test.each(cases)('with root: %s a %s disk boots by UEFI to a service that answers', async (root, attached, found) => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example, folder.path, {
    args: ['--format', 'raw-efi'],
    replace: { ...withoutTimerCheck, 'kernel:\n': `root: ${root}\nkernel:\n` },
  });
  const file = `${base}-efi.img`;
  expect(execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' })).toContain('No problems found');
  const port = await freePort();
  await using machine = new DiskMachine({ file, firmware: 'uefi', attached, publish: { 80: port } });
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await page.text()).toContain('Hello from tskit');
  expect(machine.console).toMatch(found);
  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).toContain('tskit: poweroff');
  expect(machine.console).not.toMatch(/degraded|Kernel panic/);
});
