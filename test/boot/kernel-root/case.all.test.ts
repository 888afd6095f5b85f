// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Of all tests alone, since the kernel has to be compiled when no build has done it before.

import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildForBoot, sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { DiskMachine, withoutTimerCheck } from '../../support/disk-machine.ts';
import { diskOn, KernelMachine } from '../../support/kernel-machine.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('spec.yml', import.meta.url).pathname;
/** An image with such a kernel that is there already saves the time to compile it. */
const kernel = process.env['TSKIT_TEST_KERNEL'] ?? 'pkg:kernel-vm';
const folder = temporaryFolder();
let base: string;
let stderr: string;

beforeAll(async () => {
  if (kernel === 'pkg:kernel-vm') {
    const { exitCode, stderr: reason } = await runTskit(['kernel', 'build', '--cache', sharedCache], {
      limitMs: 7_000_000,
    });
    if (exitCode !== 0) throw new Error(reason);
  }
  const replace = { KERNEL: kernel, ...withoutTimerCheck };
  const args = ['--format', 'kernel+erofs,raw-efi,raw-bios,iso-bios'];
  ({ base, stderr } = await buildForBoot(spec, folder.path, { replace, args }));
}, 7_200_000);
afterAll(() => folder[Symbol.dispose]());

/** What all of it says that runs from the root and reads it. */
function expectTheRoot(console: string): void {
  expect(console).toMatch(/report: .* \/ \/ ro,.* - erofs \/dev\/(root|dm-0) ro/);
  for (const line of ['var can be written', 'its own root can be written', 'all of the root was read']) {
    expect(console).toContain(`report: ${line}`);
  }
  expect(console).not.toMatch(/the root can be written|looks for the root|degraded|panic:|\*\*\*/);
}

test('the build says that there is no initrd, and on a disc that there has to be one', () => {
  expect(stderr).toContain('root: without an initrd, since the kernel has compiled in what it takes');
  expect(stderr).toContain('root: with an initrd, since the kernel reads no partition table of a disc');
  expect(statSync(`${base}-erofs-initrd.img`, { throwIfNoEntry: false })).toBeUndefined();
});

test('UEFI boots a unified kernel image without an initrd, and a TPM has measured what the build predicted', async () => {
  const name = `kernel-root-${process.pid}`;
  await using machine = new Machine(['--tpm', '--name', name, `${base}-efi.img`]);
  await machine.waitFor(/report: all of the root was read/);
  expectTheRoot(machine.console);
  const predicted = JSON.parse(readFileSync(`${base}-pcrs.json`, 'utf8')) as {
    readonly 'raw-efi': {
      readonly sha256: Readonly<Record<string, string>>;
      readonly measurements: readonly { readonly event: string }[];
    };
  };
  const { sha256, measurements } = predicted['raw-efi'];
  expect(measurements.map(({ event }) => event).filter((event) => event.includes('initrd'))).toEqual([]);
  for (const pcr of ['4', '9', '11']) {
    const file = `/sys/class/tpm/tpm0/pcr-sha256/${pcr}`;
    const { stdout } = await runTskit(['ctl', '--name', name, '--timeout', '60', 'exec', 'report', 'cat', file]);
    expect([pcr, stdout.trim().toLowerCase()]).toEqual([pcr, sha256[pcr]]);
  }
  expect(await machine.powerOff()).toBe(0);
});

test('a BIOS boots the kernel alone, and a disk of any bus that is compiled in has the root', async () => {
  await using machine = new DiskMachine({ file: `${base}-bios.img`, firmware: 'bios', attached: 'nvme' });
  await machine.waitFor(/report: all of the root was read/);
  expectTheRoot(machine.console);
  expect(await machine.powerOff()).toBe(0);
});

test('a changed bit of the root stops the machine when its block is read', async () => {
  flipInRoot(`${base}-bios.img`);
  await using machine = new DiskMachine({ file: `${base}-bios.img`, firmware: 'bios' });
  expect(await machine.ended()).toBe(0);
  expect(machine.console).toMatch(/device-mapper: verity: .* block \d+ is corrupted/);
  expect(machine.console).toContain('Kernel panic - not syncing: dm-verity device corrupted');
  expect(machine.console).not.toContain('all of the root was read');
});

test('a kernel that a machine monitor loads has its root on the first disk', async () => {
  await using machine = new KernelMachine({
    kernel: `${base}-kernel`,
    cmdline: readFileSync(`${base}-cmdline`, 'utf8'),
    devices: diskOn(`${base}-erofs.img`, 'virtio-blk-pci'),
  });
  await machine.waitFor(/report: all of the root was read/);
  expectTheRoot(machine.console);
  expect(machine.console).not.toContain('initrd');
});

/** Changes a bit of the contents of files, which are the first half of the root image. */
function flipInRoot(disk: string): void {
  const image = readFileSync(`${base}-erofs.img`);
  const fd = openSync(disk, 'r+');
  const whole = readFileSync(disk);
  const start = whole.indexOf(image.subarray(0, 4096));
  expect(start).toBeGreaterThan(0);
  const at = start + Math.floor(image.length / 8192 / 2) * 4096 + 100;
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}
