// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;

/** A disk with a table by sfdisk and a file system on the partition at `atMiB`, made longer afterwards. */
interface GrownDisk {
  readonly name: string;
  readonly table: string;
  readonly atMiB: number;
  readonly sizeMiB: number;
  readonly mkfs: readonly [program: string, ...args: string[]];
  readonly diskMiB: number;
}

/** xfs takes no less than 300 MiB; btrfs grows to no less than 256 MiB. */
const disks: readonly GrownDisk[] = [
  { name: 'ext4', table: 'label: gpt\n,8M\n,40M\n', atMiB: 9, sizeMiB: 40, mkfs: ['mkfs.ext4', '-q'], diskMiB: 100 },
  { name: 'xfs', table: 'label: dos\n,304M\n', atMiB: 1, sizeMiB: 304, mkfs: ['mkfs.xfs', '-q'], diskMiB: 360 },
  { name: 'btrfs', table: 'label: gpt\n,120M\n', atMiB: 1, sizeMiB: 120, mkfs: ['mkfs.btrfs', '-q'], diskMiB: 300 },
];

async function makeDisk(folder: string, disk: GrownDisk): Promise<string> {
  const [file, part] = [join(folder, disk.name), join(folder, `${disk.name}.part`)];
  for (const path of [file, part]) writeFileSync(path, '');
  truncateSync(part, disk.sizeMiB * mebibyte);
  const [program, ...args] = disk.mkfs;
  const content = disk.name === 'ext4' ? ['-d', keptFolder(folder)] : [];
  await execa(program, [...args, ...content, part]);
  truncateSync(file, (disk.atMiB + disk.sizeMiB + 1) * mebibyte);
  await execa('sfdisk', ['--quiet', file], { input: disk.table });
  await execa('dd', [`if=${part}`, `of=${file}`, 'bs=1M', `seek=${disk.atMiB}`, 'conv=notrunc,sparse']);
  truncateSync(file, disk.diskMiB * mebibyte);
  return file;
}

function keptFolder(folder: string): string {
  const path = join(folder, 'kept');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'kept'), 'what was there before\n');
  return path;
}

/** The partition at `atMiB`, to the end of the disk, as a file of its own for the tools of the host. */
async function partitionOf(disk: string, atMiB: number): Promise<string> {
  await execa('dd', [`if=${disk}`, `of=${disk}.part`, 'bs=1M', `skip=${atMiB}`, 'conv=sparse']);
  return `${disk}.part`;
}

describe('pkg:extend on disks that became larger', () => {
  const folder = temporaryFolder();
  let files: readonly string[] = [];
  let console = '';
  beforeAll(async () => {
    files = await Promise.all(disks.map((disk) => makeDisk(folder.path, disk)));
    const { base } = await buildForBoot(new URL('./extend.yml', import.meta.url).pathname, folder.path);
    await using machine = new Machine([...files.flatMap((file) => ['--disk', file]), base]);
    await machine.waitFor(/booted in |boot stopped/, 240_000);
    await machine.powerOff();
    ({ console } = machine);
  });
  afterAll(() => folder[Symbol.dispose]());

  /** What a container wrote, line by line. */
  const said = (name: string): string[] =>
    console.split('\n').flatMap((line) => new RegExp(`^${name}: (.*)`).exec(line)?.[1] ?? []);

  test('the last partition of each and its file system get the room behind them', () => {
    expect(said('extend')).toEqual([
      'extend: /dev/vda2 grew from 40 to 90 MiB',
      'extend: /dev/vda2 has ext4 on 90 MiB',
      'extend: /dev/vdb1 grew from 304 to 359 MiB',
      'extend: /dev/vdb1 has xfs on 359 MiB',
      'extend: /dev/vdc1 grew from 120 to 298 MiB',
      'extend: /dev/vdc1 has btrfs on 298 MiB',
    ]);
    expect(said('look')).toEqual(['what was there before']);
  });

  test("other people's tools find tables and file systems whole, and as large as the disk", async () => {
    const [ext4 = '', xfs = '', btrfs = ''] = files;
    for (const disk of [ext4, btrfs]) {
      expect((await execa('sgdisk', ['--verify', disk])).stdout).toContain('No problems found');
    }
    expect((await execa('sfdisk', ['--verify', xfs], { all: true })).all).toContain('No errors detected');
    const part = await partitionOf(ext4, 9);
    await execa('e2fsck', ['-f', '-n', part]);
    const header = (await execa('dumpe2fs', ['-h', part])).stdout;
    expect(Number(/Block count: +(\d+)/.exec(header)?.[1]) * 1024).toBeGreaterThan(89 * mebibyte);
    const grownXfs = await partitionOf(xfs, 1);
    await execa('xfs_repair', ['-n', '-f', grownXfs]);
    const blocks = (await execa('xfs_db', ['-f', '-r', '-c', 'sb 0', '-c', 'p dblocks', grownXfs])).stdout;
    expect(Number(/dblocks = (\d+)/.exec(blocks)?.[1]) * 4096).toBeGreaterThan(358 * mebibyte);
    const grownBtrfs = await partitionOf(btrfs, 1);
    await execa('btrfs', ['check', '--readonly', grownBtrfs]);
    const total = (await execa('btrfs', ['inspect-internal', 'dump-super', grownBtrfs])).stdout;
    expect(Number(/^total_bytes\s+(\d+)/m.exec(total)?.[1])).toBeGreaterThan(297 * mebibyte);
  });

  test('a second run changes nothing, and what is mounted is passed over', () => {
    expect(said('again').filter((line) => line.includes('grew'))).toEqual([]);
    expect(said('mounted')[0]).toBe('extend: passed over /dev/vda: expected that nothing uses it, found it mounted');
  });

  test('without CAP_SYS_ADMIN, or with another file system than was named, it fails and writes nothing', () => {
    expect(said('without-CAP_SYS_ADMIN')).toEqual([
      'extend: reading the partitions of /dev/vda: blockdev: /dev/vda: Permission denied',
    ]);
    expect(said('refused')).toEqual(['extend: /dev/vdb1: expected ext4, found xfs']);
    const failed = [...console.matchAll(/\*\*\* onboot (\S+): FAILED/g)].map(([, name]) => name);
    expect(failed).toEqual(['without-CAP_SYS_ADMIN', 'refused']);
  });
});
