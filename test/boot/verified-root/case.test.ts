// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  openSync,
  closeSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { diskOn, KernelMachine } from '../../support/kernel-machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('spec.yml', import.meta.url).pathname;
/** Places of a bit, each of which takes a boot. */
const flips = process.env['TSKIT_TEST_LONG'] === '1' ? 40 : 1;
/** How the disk is attached. */
const attached =
  process.env['TSKIT_TEST_ALL'] === '1' ? (['virtio-blk-pci', 'scsi-hd', 'nvme'] as const) : (['nvme'] as const);
const folder = temporaryFolder();
let base: string;
let cmdline: string;
let image: string;
let fsSize: number;

beforeAll(async () => {
  ({ base } = await buildForBoot(spec, folder.path, { args: ['--format', 'kernel+erofs'] }));
  cmdline = readFileSync(`${base}-cmdline`, 'utf8');
  image = `${base}-erofs.img`;
  fsSize = blocksOf(image) * 4096;
});
afterAll(() => folder[Symbol.dispose]());

/** What the superblock of EROFS says. */
function blocksOf(file: string): number {
  const fd = openSync(file, 'r');
  const block = Buffer.alloc(4096);
  readSync(fd, block, 0, block.length, 0);
  closeSync(fd);
  return block.readUInt32LE(1024 + 36);
}

function boot(devices: readonly string[], options = cmdline): KernelMachine {
  return new KernelMachine({
    kernel: `${base}-kernel`,
    initrd: `${base}-erofs-initrd.img`,
    cmdline: options,
    devices,
  });
}

/** A copy of the image with one bit changed. */
function flipped(offset: number): string {
  const copy = join(folder.path, 'flipped.img');
  copyFileSync(image, copy);
  const fd = openSync(copy, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(fd, byte, 0, 1, offset);
  closeSync(fd);
  return copy;
}

describe('a system whose root is on a disk', () => {
  test('is what fsck.erofs and veritysetup take for sound', () => {
    expect(() => execFileSync('fsck.erofs', [image], { stdio: 'pipe' })).not.toThrow();
    const rootHash = /tskit\.verity=(\S+)/.exec(cmdline)?.[1] ?? '';
    const verify = ['verify', image, image, rootHash, `--hash-offset=${fsSize}`];
    expect(() => execFileSync('veritysetup', verify, { stdio: 'pipe' })).not.toThrow();
  });

  test('runs from it, verified and read-only, with folders in memory that can be written', async () => {
    await using machine = boot(diskOn(image, 'virtio-blk-pci'));
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toMatch(/root: vda, verified, found in \d/);
    expect(machine.console).toMatch(/report: .* \/ \/ ro,relatime shared:\d+ - erofs \/dev\/dm-0 ro/);
    for (const line of ['var can be written', 'its own root can be written', 'all of the root was read']) {
      expect(machine.console).toContain(`report: ${line}`);
    }
    expect(machine.console).not.toMatch(/the root can be written|degraded|panic|\*\*\*/);
  });

  test.each(attached)('runs from a disk that is attached by %s', async (device) => {
    await using machine = boot(diskOn(image, device));
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toContain('report: all of the root was read');
  });

  test('runs from a CD with a partition that the kernel does not know', async () => {
    const disc = join(folder.path, 'disc.img');
    const start = 2048;
    writeFileSync(disc, '');
    truncateSync(disc, statSync(image).size + 4 * 1024 * 1024);
    const sectors = statSync(image).size / 512;
    const partUuid = /PARTUUID=([^,]+)/.exec(cmdline)?.[1] ?? '';
    const table = ['--new', `1:${start}:${start + sectors - 1}`, '--partition-guid', `1:${partUuid}`];
    execFileSync('sgdisk', [...table, disc], { stdio: 'pipe' });
    execFileSync('dd', [`if=${image}`, `of=${disc}`, 'bs=1M', `seek=1`, 'conv=notrunc'], { stdio: 'pipe' });
    await using machine = boot(diskOn(disc, 'scsi-cd'), cmdline.replace(/,UUID=\S+/, ''));
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toMatch(/root: sr0, verified, found in \d/);
    expect(machine.console).toContain('report: all of the root was read');
  });

  test.each([
    [
      'the file system',
      () => Math.floor(fsSize / 8192) * 4096 + 100,
      /device-mapper: verity: .* block .* is corrupted/,
    ],
    ['the hashes', () => fsSize + 4096 + 5, /device-mapper: verity: .* metadata block .* is corrupted/],
    ['the superblock of the hashes', () => fsSize + 33, /algorithm: expected sha256, found/],
    ['the superblock of the file system', () => 1024, /\*\*\* init: root: expected the partition .* or file system/],
  ])('stops when a bit of %s is another one, and never goes on', async (_, offset, message) => {
    await using machine = boot(diskOn(flipped(offset()), 'virtio-blk-pci'), `tskit.root_wait=1 ${cmdline}`);
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toMatch(message);
    expect(machine.console).not.toContain('all of the root was read');
  });

  test('stops or is right, wherever a bit is another one', { timeout: 3_600_000 }, async () => {
    // A sequence that is the same each time (Numerical Recipes, ranqd1).
    let state = 1;
    const sound: number[] = [];
    for (let boots = 0; boots < flips; boots += 1) {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      const offset = Math.floor((state / 2 ** 32) * statSync(image).size);
      await using machine = boot(diskOn(flipped(offset), 'virtio-blk-pci'), `tskit.root_wait=1 ${cmdline}`);
      await machine.ended(120_000);
      const isSound = machine.console.includes('all of the root was read');
      if (isSound) sound.push(offset);
      const end = isSound ? /all of the root was read/ : /is corrupted|\*\*\* init: root:/;
      expect(machine.console, String(offset)).toMatch(end);
    }
    // Only what nothing reads may be another one: the rest of the block that dm-verity's superblock is in.
    expect(sound.filter((offset) => offset < fsSize || offset >= fsSize + 4096)).toEqual([]);
  });

  test('restarts instead of a panic where the spec says so', async () => {
    const offset = Math.floor(fsSize / 8192) * 4096;
    await using machine = boot(diskOn(flipped(offset), 'virtio-blk-pci'), `${cmdline} tskit.verity_action=restart`);
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toMatch(/is corrupted/);
    expect(machine.console).not.toMatch(/panic - not syncing|all of the root was read/);
  });

  test('does not start with another root hash', async () => {
    const other = cmdline.replace(/tskit\.verity=./, (text) =>
      text.endsWith('0') ? 'tskit.verity=1' : 'tskit.verity=0',
    );
    await using machine = boot(diskOn(image, 'virtio-blk-pci'), other);
    expect(await machine.ended(60_000)).toBe(0);
    expect(machine.console).toMatch(/is corrupted/);
    expect(machine.console).not.toMatch(/root: vda, verified, found|init .* starts/);
  });

  test('says what it looked for and which disks there are when its disk is missing or cut off', async () => {
    const empty = join(folder.path, 'empty.img');
    writeFileSync(empty, '');
    truncateSync(empty, 1 << 20);
    await using lost = boot(diskOn(empty, 'virtio-blk-pci'), `${cmdline} tskit.root_wait=3`);
    const short = join(folder.path, 'short.img');
    copyFileSync(image, short);
    truncateSync(short, fsSize + 8192);
    await using cut = boot(diskOn(short, 'virtio-blk-pci'));
    expect(await lost.ended()).toBe(0);
    expect(lost.console).toMatch(
      /root: waiting up to 3 s for the partition [0-9a-f-]+ or file system [0-9a-f-]+ on a disk/,
    );
    expect(lost.console).toMatch(
      /\*\*\* init: root: expected the partition .*, found vda \(1\.0 MiB, no partition table\)/,
    );
    expect(await cut.ended()).toBe(0);
    expect(cut.console).toMatch(/\*\*\* init: root: vda: expected \d+ bytes .*, found \d+: it is cut off/);
  });
});
