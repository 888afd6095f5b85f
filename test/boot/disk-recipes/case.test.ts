// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;
const path = (name: string): string => new URL(name, import.meta.url).pathname;

function emptyDisk(folder: string, name: string, size: number): string {
  const file = join(folder, name);
  writeFileSync(file, '');
  truncateSync(file, size * mebibyte);
  return file;
}

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** What a container wrote, line by line. */
function said(machine: Machine, name: string): string[] {
  return machine.console.split('\n').flatMap((line) => new RegExp(`^${name}: (.*)`).exec(line)?.[1] ?? []);
}

/** The first partition of a disk as a file of its own, for the tools of the host. */
function partitionOf(disk: string): string {
  const file = `${disk}1`;
  writeFileSync(file, readFileSync(disk).subarray(mebibyte));
  return file;
}

describe('pkg:format, pkg:mount and pkg:dm-crypt', () => {
  const folder = temporaryFolder();
  const disks = ['a', 'b', 'c'].map((name) => emptyDisk(folder.path, name, name === 'b' ? 40 : 24));
  const attached = disks.flatMap((disk) => ['--disk', disk]);
  // Stays blank, whatever may be made on it.
  const blank = ['--disk', emptyDisk(folder.path, 'd', 24)];
  const [a = '', b = '', c = ''] = disks;
  afterAll(() => folder[Symbol.dispose]());

  test('make what is missing at the first boot, also what a power failure left unfinished', async () => {
    // The table as it is before the file system is there.
    await execa('sfdisk', ['--quiet', a], { input: 'label: dos\nlabel-id: 0x666d7421\ntype=linux\n' });
    const { base } = await buildForBoot(path('./spec.yml'), folder.path);
    await using machine = new Machine([...attached, ...blank, base]);
    await machine.waitFor(/booted in |boot stopped/, 150_000);
    expect(said(machine, 'named').at(-1)).toBe('format: made ext4 on /dev/vda1 with the label "DATA"');
    expect(said(machine, 'any')).toEqual([
      'format: passes over /dev/vda, which has dos on it',
      'format: partitions /dev/vdb: gpt, one partition',
      'format: makes ext4 on /dev/vdb1',
      'format: made ext4 on /dev/vdb1',
    ]);
    expect(said(machine, 'luks').at(-1)).toBe('dm-crypt: /dev/vdb1 is open as /dev/mapper/luks_dev, with a new ext4');
    expect(said(machine, 'plain').at(-1)).toBe('dm-crypt: /dev/vdc is open as /dev/mapper/plain_dev, with a new ext4');
    expect(said(machine, 'look').filter((line) => line.includes(' ext4 '))).toEqual([
      expect.stringMatching(/^\/dev\/vda1 \/var\/lib\/data ext4 rw/),
      expect.stringMatching(/^\/dev\/mapper\/luks_dev \/var\/lib\/luks ext4 rw/),
      expect.stringMatching(/^\/dev\/mapper\/plain_dev \/var\/lib\/plain ext4 rw/),
    ]);
    expect(said(machine, 'look')).toContain('/dev/vda1');
    expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
    expect(await machine.powerOff()).toBe(0);
  });

  test("leave disks that other people's tools accept, with secrets that are not readable", async () => {
    expect((await execa('sfdisk', ['--verify', a], { all: true })).all).toContain('No errors detected');
    expect((await execa('sfdisk', ['--disk-id', a])).stdout).not.toBe('0x666d7421');
    await execa('e2fsck', ['-f', '-n', partitionOf(a)]);
    expect((await execa('sgdisk', ['--verify', b])).stdout).toContain('No problems found');
    const key = join(folder.path, 'key');
    writeFileSync(key, 'abcdefghijklmnopqrstuvwxyz123456');
    await execa('cryptsetup', ['open', '--test-passphrase', '--key-file', key, partitionOf(b)]);
    expect(readFileSync(a).includes('boot of data in secret')).toBe(true);
    for (const disk of [b, c]) expect(readFileSync(disk).includes('in secret')).toBe(false);
  });

  test('find at the second boot what the first one left, and make nothing', async () => {
    await using machine = new Machine([...attached, ...blank, join(folder.path, 'spec')]);
    await machine.waitFor(/booted in |boot stopped/, 150_000);
    expect(said(machine, 'named')).toEqual(['format: kept /dev/vda, which has dos on it']);
    expect(said(machine, 'any')).toEqual([
      'format: kept /dev/vdb, whose one partition has crypto_LUKS and no label on it',
    ]);
    expect(said(machine, 'luks')).toEqual(['dm-crypt: /dev/vdb1 is open as /dev/mapper/luks_dev, with ext4']);
    expect(said(machine, 'plain')).toEqual(['dm-crypt: /dev/vdc is open as /dev/mapper/plain_dev, with ext4']);
    expect(said(machine, 'look').filter((line) => line.startsWith('boot'))).toEqual(
      ['data', 'luks', 'plain'].map((name) => `boot of ${name} in secret`),
    );
    expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
    expect(await machine.powerOff()).toBe(0);
    expect(readFileSync(blank[1] ?? '').every((byte) => byte === 0)).toBe(true);
  });

  test('touch nothing that they do not know, and a failure stops the boot with a screen that says what failed', async () => {
    const before = disks.map(digestOf);
    const { base } = await buildForBoot(path('./refused.yml'), folder.path);
    await using machine = new Machine([...attached, base]);
    await machine.waitFor(/boot stopped: onboot entry "absent" failed, and its on_failure is "halt"/);
    await machine.waitFor(/power button/);
    expect(said(machine, 'no-blank').at(-1)).toMatch(
      /^format: expected a blank disk or the label "NEW", found \/dev\/vda \(dos on it\)/,
    );
    const refusal =
      'dm-crypt: expected an empty device or one that the key in "/etc/dm-crypt/key" opens, found other data on';
    expect(said(machine, 'over-data').at(-1)).toContain(`${refusal} /dev/vda1: `);
    expect(said(machine, 'wrong-key').at(-1)).toContain(`${refusal} /dev/vdc: `);
    expect(said(machine, 'no-label').join('\n')).toContain(
      'expected the label "NONE" for /var/none, found none after 1 s',
    );
    expect(said(machine, 'over-mounted').join('\n')).toContain('partitioning /dev/vda: openat /dev/vda: EBUSY');
    expect(machine.console).toContain('format: expected the disk "/dev/vdz", found none after 1 s');
    expect(machine.console).not.toContain('onboot after');
    expect(await machine.powerOff()).toBe(0);
    expect(disks.map(digestOf)).toEqual(before);
  });
});

test('the example of an encrypted disk serves a page from it', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(path('../../../examples/dm-crypt.yml'), folder.path);
  const port = await freePort();
  await using machine = new Machine(['--disk', emptyDisk(folder.path, 'disk', 40), '--publish', `${port}:80`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine, 240_000);
  expect(await page.text()).toBe('a secret thing\n');
  expect(await machine.powerOff()).toBe(0);
});

test.each([
  { name: 'dm-crypt-loop', shown: /^secrets: a secret thing$/m },
  { name: 'swap', shown: /^memory: Swap: +32764 /m },
])('the example $name does what it says', async ({ name, shown }) => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(path(`../../../examples/${name}.yml`), folder.path);
  await using machine = new Machine(['--disk', emptyDisk(folder.path, 'disk', 80), base]);
  await machine.waitFor(/booted in |boot stopped/);
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(machine.console).toMatch(shown);
  expect(await machine.powerOff()).toBe(0);
});
