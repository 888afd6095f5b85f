// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { checkPartitions } from '../../support/disk-partitions.ts';
import { freePort } from '../../support/free-port.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;
const spec = new URL('./spec.yml', import.meta.url).pathname;
const ownDisk = new URL('./own-disk.yml', import.meta.url).pathname;
const example = new URL('../../../examples/data-partition.yml', import.meta.url).pathname;

/** When the power is cut, in milliseconds after the step before the disk, in boots one after the other. */
const cuts: readonly (readonly number[])[] =
  process.env['TSKIT_TEST_ALL'] === '1'
    ? [...Array.from({ length: 10 }, (_, index) => [40 * index]), [30, 250]]
    : [[30, 250]];

/** An empty disk of so many MiB. */
function emptyDisk(folder: string, name: string, size: number): string {
  const file = join(folder, name);
  writeFileSync(file, '');
  truncateSync(file, size * mebibyte);
  return file;
}

/** What a container wrote, line by line. */
function said(machine: Machine, name: string): string[] {
  return machine.console.split('\n').flatMap((line) => new RegExp(`^${name}: (.*)`).exec(line)?.[1] ?? []);
}

describe('partitions that keep data', () => {
  const folder = temporaryFolder();
  let base = '';
  let halting = '';
  beforeAll(async () => {
    ({ base } = await buildForBoot(spec, folder.path, { replace: { ON_FAILURE: 'continue' } }));
    const other = temporaryFolder();
    folders.push(other);
    ({ base: halting } = await buildForBoot(spec, other.path, { replace: { ON_FAILURE: 'halt' } }));
  });
  const folders = [folder];
  afterAll(() => {
    for (const one of folders) one[Symbol.dispose]();
  });

  test('are made at the first boot, and hold at the next one what was written, on a disk that has grown since', async () => {
    const disk = emptyDisk(folder.path, 'disk', 400);
    {
      await using machine = new Machine(['--disk', disk, base]);
      await machine.waitFor(/booted in .*\n/);
      expect(machine.console).toContain('disk: state made on /dev/vda1, 32 MiB, mounted on /state\n');
      expect(machine.console).toContain('disk: var made on /dev/vda2, 366 MiB, mounted on /var\n');
      expect(said(machine, 'look')).toEqual([
        expect.stringMatching(/^\/dev\/vda1 \/state ext4 rw,nosuid,nodev,/),
        expect.stringMatching(/^\/dev\/vda2 \/var ext4 rw,nosuid,nodev,/),
        expect.stringMatching(/\/var\/run -> \/run/),
        expect.stringMatching(/^drwxrwxrwt .* \/var\/tmp/),
      ]);
      expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
      expect(await machine.powerOff()).toBe(0);
    }
    expect(await checkPartitions(disk, ['state', 'var'])).toEqual([32, 366]);

    truncateSync(disk, 700 * mebibyte);
    {
      await using machine = new Machine(['--disk', disk, base]);
      await machine.waitFor(/booted in .*\n/);
      expect(machine.console).toContain('disk: state is /dev/vda1, 32 MiB, mounted on /state\n');
      expect(machine.console).toContain('disk: var is /dev/vda2, 666 MiB, mounted on /var\n');
      expect(said(machine, 'look').slice(0, 3)).toEqual(['boot 0', 'boot 0', '/var/noise: OK']);
      expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
      expect(await machine.powerOff()).toBe(0);
    }
    expect(await checkPartitions(disk, ['state', 'var'])).toEqual([32, 666]);
  });

  test.each(cuts)('are whole at last when the power fails after %i ms', async (...delays) => {
    const disk = emptyDisk(folder.path, 'cut', 400);
    for (const delayMs of delays) {
      await using machine = new Machine(['--disk', disk, base]);
      await machine.waitFor(/network: done/);
      await sleep(delayMs);
    }
    await using machine = new Machine(['--disk', disk, base]);
    await machine.waitFor(/booted in .*\n/);
    expect(machine.console).toMatch(/disk: var (made on|is) \/dev\/vda2, 366 MiB, mounted on \/var/);
    expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
    expect(await machine.powerOff()).toBe(0);
    expect(await checkPartitions(disk, ['state', 'var'])).toEqual([32, 366]);
  });

  test('are not made on one of two blank disks: both are named, and what needs the partitions is not started', async () => {
    const disks = ['one', 'other'].flatMap((name) => ['--disk', emptyDisk(folder.path, name, 200)]);
    await using machine = new Machine([...disks, base]);
    await machine.waitFor(/booted in .*\n/);
    expect(machine.console).toContain(
      '*** disk: state: FAILED, expected one disk that is blank, found /dev/vda (200 MiB, blank), /dev/vdb (200 MiB, blank): ',
    );
    expect(machine.console).toMatch(/onboot look: FAILED, could not be started: partition state is not there: /);
    expect(machine.console).toMatch(/degraded: booted in .* failed: partition state, partition var, look, leave\n/);
    expect(await machine.powerOff()).toBe(0);
  });

  test('are not made over something else, and with on_failure: halt a screen says so', async () => {
    const disk = emptyDisk(folder.path, 'foreign', 200);
    const content = Buffer.concat([Buffer.alloc(mebibyte / 2), randomBytes(1024)]);
    writeFileSync(disk, content, { flag: 'r+' });
    const digest = (): string => createHash('sha256').update(readFileSync(disk)).digest('hex');
    const before = digest();
    await using machine = new Machine(['--disk', disk, halting]);
    await machine.waitFor(/boot stopped: .*on_failure is "halt"/);
    await machine.waitFor(/partition state: .*found \/dev\/vda \(200 MiB, with something else on it\)/);
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).not.toContain('onboot look');
    expect(digest()).toBe(before);
  });
});

describe('a partition beside the system on its own disk', () => {
  const folder = temporaryFolder();
  let base = '';
  beforeAll(async () => {
    ({ base } = await buildForBoot(ownDisk, folder.path, { args: ['--format', 'raw-bios'] }));
    const replace = { 'root: erofs': 'root: initramfs' };
    await buildForBoot(ownDisk, folder.path, { args: ['--format', 'raw-efi'], replace });
  });
  afterAll(() => folder[Symbol.dispose]());

  /** The first two partitions, or the first one, where the system is. */
  async function systemDigest(disk: string): Promise<string> {
    const { stdout } = await execa('sfdisk', ['--json', disk]);
    const { partitions } = (
      JSON.parse(stdout) as { partitiontable: { partitions: { name?: string; start: number; size: number }[] } }
    ).partitiontable;
    const hash = createHash('sha256');
    for (const { name, start, size } of partitions)
      if (name !== 'data') hash.update(readFileSync(disk).subarray(start * 512, (start + size) * 512));
    return hash.digest('hex');
  }

  test('leaves every byte of boot loader and verified root, and grows with the disk', async () => {
    const disk = `${base}-bios.img`;
    const before = await systemDigest(disk);
    for (const [state, mebibytes] of [
      ['made on', 512],
      ['is', 800],
    ] as const) {
      truncateSync(disk, mebibytes * mebibyte);
      await using machine = new Machine([disk]);
      await machine.waitFor(/booted in .*\n/);
      expect(machine.console).toContain(`disk: data ${state} /dev/vda3, `);
      expect(said(machine, 'look')[0]).toBe(state === 'is' ? 'left before' : undefined);
      expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
      expect(await machine.powerOff()).toBe(0);
      expect(await systemDigest(disk)).toBe(before);
    }
    const [size = 0] = await checkPartitions(disk, ['data']);
    expect(size).toBeGreaterThan(600);
  });

  test('is made on the disk that the firmware started, when the root is in memory', async () => {
    const blank = emptyDisk(folder.path, 'blank', 64);
    const disk = `${base}-efi.img`;
    const before = await systemDigest(disk);
    await using machine = new Machine(['--disk', blank, disk]);
    await machine.waitFor(/booted in .*\n/);
    expect(machine.console).toMatch(/disk: data made on \/dev\/vd[ab]2, /);
    expect(await machine.powerOff()).toBe(0);
    await checkPartitions(disk, ['data']);
    expect(await systemDigest(disk)).toBe(before);
  });
});

test('the example counts its starts', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example, folder.path);
  const disk = emptyDisk(folder.path, 'disk', 300);
  for (const starts of [1, 2]) {
    const port = await freePort();
    await using machine = new Machine(['--disk', disk, '--publish', `${port}:80`, base]);
    const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
    expect(await page.text()).toContain(`Started ${starts} times`);
    expect(await machine.powerOff()).toBe(0);
  }
});
