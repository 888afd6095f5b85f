// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Gpt, readGpt } from '../../../../init/boot/gpt.ts';
import type { PartitionPlan } from '../../../../init/contract/disk-plan.ts';
import { isBlank } from '../../../../init/disk/blank.ts';
import { partitionDisk } from '../../../../init/disk/partition-disk.ts';
import { readTable } from '../../../../init/disk/table.ts';
import { MemoryDisk, PowerLoss } from '../../../support/memory-disk.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;
const linux = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const content = Buffer.from('a file system, whole'.padEnd(4096, '.'));

function plan(label: string, more: Partial<PartitionPlan> = {}): PartitionPlan {
  return { label, type: linux, least: mebibyte, grow: false, ...more };
}

const state = plan('state', { size: mebibyte });
const data = plan('data', { grow: true });

/** One boot: what init does with a disk, with a file system of a few sectors. */
function boot(disk: MemoryDisk, partitions: readonly PartitionPlan[]): ReturnType<typeof partitionDisk> {
  const found = isBlank(disk) ? undefined : readTable(disk);
  if (found === undefined && !isBlank(disk)) throw new Error('the disk is foreign');
  return partitionDisk(
    disk,
    found,
    { partitions },
    () => randomBytes(16),
    ({ start, size, plan: { label } }) => {
      disk.zero(start + size - mebibyte, mebibyte);
      disk.write(start, content);
      disk.write(start + content.length, Buffer.from(label.padEnd(4096, '.')));
    },
  );
}

function gptOf(medium: Buffer): Gpt | undefined {
  return readGpt((offset, length) => medium.subarray(offset, offset + length), medium.length);
}

/** What sgdisk says of a disk. */
function verify(medium: Buffer): string {
  using folder = temporaryFolder();
  const file = join(folder.path, 'disk');
  writeFileSync(file, medium);
  return execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' });
}

/** A disk as a build leaves it: an EFI system partition and a root, with space behind. */
function systemDisk(size: number): Buffer {
  using folder = temporaryFolder();
  const file = join(folder.path, 'disk');
  writeFileSync(file, Buffer.alloc(5 * mebibyte));
  const words = [
    '-n',
    '1:2048:4095',
    '-t',
    '1:ef00',
    '-c',
    '1:esp',
    '-n',
    '2:4096:8191',
    '-t',
    '2:8304',
    '-c',
    '2:root',
  ];
  execFileSync('sgdisk', [...words, file], { stdio: 'pipe' });
  const medium = Buffer.alloc(size);
  readFileSync(file).copy(medium);
  randomBytes(3 * mebibyte).copy(medium, mebibyte);
  return medium;
}

describe('a blank disk', () => {
  test.each([512, 4096])('gets a table that others find right, with sectors of %i bytes', (sectorSize) => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte), sectorSize);
    const { placed } = boot(disk, [state, data]);
    expect(placed.map(({ start, size, number, isNew }) => [number, start, size, isNew])).toEqual([
      [1, mebibyte, mebibyte, true],
      [2, 2 * mebibyte, 2 * mebibyte, true],
    ]);
    expect(gptOf(disk.medium)?.partitions).toMatchObject([
      { number: 1, name: 'state', type: linux, offset: mebibyte, size: mebibyte },
      { number: 2, name: 'data', type: linux, offset: 2 * mebibyte, size: 2 * mebibyte },
    ]);
  });

  test('gets a table that sgdisk finds no problems in', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    expect(verify(disk.medium)).toContain('No problems found');
  });

  test('is read and not written at the next boot', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    const again = new MemoryDisk(Buffer.from(disk.medium));
    const { placed, hasChanged } = boot(again, [state, data]);
    expect([hasChanged, again.operations, placed.map(({ isNew }) => isNew)]).toEqual([false, 0, [false, false]]);
  });

  test.each([
    ['a file system', 1024 + 56],
    ['a signature at the end', 5 * mebibyte - 4096],
    ['a boot sector', 510],
  ])('is none when it has %s', (_what, offset) => {
    const medium = Buffer.alloc(5 * mebibyte);
    medium[offset] = 1;
    expect(isBlank(new MemoryDisk(medium))).toBe(false);
    expect(() => boot(new MemoryDisk(medium), [data])).toThrow('foreign');
  });
});

describe('a disk that the system lies on', () => {
  test('keeps every byte of its partitions and gets more of them in the space that is free', () => {
    const before = systemDisk(8 * mebibyte);
    const disk = new MemoryDisk(Buffer.from(before));
    const { placed } = boot(disk, [state, data]);
    expect(placed.map(({ number, start, size }) => [number, start, size])).toEqual([
      [3, 4 * mebibyte, mebibyte],
      [4, 5 * mebibyte, 2 * mebibyte],
    ]);
    expect(disk.medium.subarray(mebibyte, 4 * mebibyte).equals(before.subarray(mebibyte, 4 * mebibyte))).toBe(true);
    const [old, now] = [gptOf(before), gptOf(disk.medium)];
    expect(now?.diskGuid).toBe(old?.diskGuid);
    expect(now?.partitions.slice(0, 2)).toEqual(old?.partitions);
    expect(verify(disk.medium)).toContain('No problems found');
  });

  test('that has grown since gives the space to the partition that grows, and to no other', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    const grown = new MemoryDisk(Buffer.concat([disk.medium, Buffer.alloc(3 * mebibyte)]));
    const { placed } = boot(grown, [state, data]);
    expect(placed.map(({ size, isNew }) => [size, isNew])).toEqual([
      [mebibyte, false],
      [5 * mebibyte, false],
    ]);
    expect(verify(grown.medium)).toContain('No problems found');
  });

  test('that has grown has a protective MBR for all of it, whose boot code and mark for a BIOS stay', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    const grown = Buffer.concat([disk.medium, Buffer.alloc(3 * mebibyte)]);
    grown.fill(0x90, 0, 440);
    grown[462] = 0x80;
    const before = Buffer.from(grown.subarray(0, 512));
    const again = new MemoryDisk(grown);
    boot(again, [state, data]);
    before.writeUInt32LE(again.size / 512 - 1, 458);
    expect(again.medium.subarray(0, 512).equals(before)).toBe(true);
  });

  test.each([
    ['both copies of a table', () => {}],
    ['the second copy of a table', (medium: Buffer) => medium.write('a file system', 1024)],
  ])('no more, where its MBR was replaced and %s are left, is foreign', (_what, change) => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    const used = Buffer.from(disk.medium);
    used.fill(0, 446, 510);
    change(used);
    const again = new MemoryDisk(used);
    expect(() => boot(again, [state, data])).toThrow('the disk is foreign');
    expect(again.operations).toBe(0);
  });

  test('and has become smaller than its table is refused, and not written', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [state, data]);
    const shrunk = new MemoryDisk(disk.medium.subarray(0, 4 * mebibyte));
    expect(() => boot(shrunk, [state, data])).toThrow('the disk has become smaller');
    expect(shrunk.operations).toBe(0);
  });

  test.each(['primary', 'backup'] as const)('and whose %s table is damaged is mended', (copy) => {
    const disk = new MemoryDisk(systemDisk(8 * mebibyte));
    boot(disk, [state, data]);
    const damaged = Buffer.from(disk.medium);
    damaged.fill(
      0xff,
      copy === 'primary' ? 512 : damaged.length - 512,
      copy === 'primary' ? 600 : damaged.length - 400,
    );
    const mended = new MemoryDisk(damaged);
    boot(mended, [state, data]);
    expect(mended.medium.equals(disk.medium)).toBe(true);
  });
});

describe('what cannot be placed', () => {
  const failures = (disk: MemoryDisk, ...partitions: PartitionPlan[]): Record<string, string> =>
    Object.fromEntries(boot(disk, partitions).failed);

  test('says how much was needed and how much there is; what comes behind does not take its place', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    expect(failures(disk, state, plan('big', { size: 40 * mebibyte }), data)).toEqual({
      big: 'expected a free range of 40 MiB, found 2 MiB at most: give the machine a larger disk',
      data: 'not made, because "big" before it has no place',
    });
    expect(gptOf(disk.medium)?.partitions.map(({ name }) => name)).toEqual(['state']);
  });

  test('a partition of the label but another type is not taken, and not replaced', () => {
    const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
    boot(disk, [plan('data', { size: mebibyte, type: '933ac7e1-2eb4-4f13-b844-0e14e2aef915' })]);
    expect(failures(disk, data)['data']).toMatch(/^partition 1 has that label and type 933ac7e1/);
  });
});

describe('power that fails', () => {
  /** Chance that is the same each time. */
  function coin(seed: number): () => boolean {
    let value = seed + 1;
    return () => {
      value = (Math.imul(value, 1103515245) + 12345) & 0x7fffffff;
      return (value & 0x10000) !== 0;
    };
  }

  /** What a table names although it is not whole. */
  function notWhole(disk: MemoryDisk, medium: Buffer): readonly string[] {
    const named = isBlank(disk) ? [] : (gptOf(medium)?.partitions ?? []);
    return named
      .filter(({ name }) => ['state', 'data'].includes(name))
      .filter(({ offset }) => !medium.subarray(offset, offset + content.length).equals(content))
      .map(({ name }) => name);
  }

  const starts: readonly (readonly [string, () => Buffer])[] = [
    ['of a blank disk', () => Buffer.alloc(5 * mebibyte)],
    ['of the disk of a system', () => systemDisk(8 * mebibyte)],
    [
      'of a disk that has grown',
      () => {
        const disk = new MemoryDisk(Buffer.alloc(5 * mebibyte));
        boot(disk, [state, data]);
        return Buffer.concat([disk.medium, Buffer.alloc(3 * mebibyte)]);
      },
    ],
  ];

  test.each(starts)(
    'at any write, whatever reached the medium, leaves a disk that the next boot finishes: %s',
    (_what, make) => {
      const start = make();
      const names = gptOf(start)?.partitions.map(({ name }) => name) ?? [];
      const whole = new MemoryDisk(Buffer.from(start));
      boot(whole, [state, data]);
      expect(whole.operations).toBeGreaterThan(4);
      for (let cut = 0; cut < whole.operations; cut += 1) {
        for (const reaches of [() => false, () => true, coin(cut), coin(cut + 1000), coin(cut + 2000)]) {
          const disk = new MemoryDisk(Buffer.from(start));
          disk.powerFailsAt = cut;
          expect(() => boot(disk, [state, data])).toThrow(PowerLoss);
          const left = disk.afterPowerLoss(reaches);
          const unfinished = new MemoryDisk(Buffer.from(left));
          expect(notWhole(unfinished, left)).toEqual([]);
          boot(unfinished, [state, data]);
          const gpt = gptOf(unfinished.medium);
          expect(gpt?.isBackup).toBe(false);
          expect(gpt?.partitions.map(({ name }) => name)).toEqual([...new Set([...names, 'state', 'data'])]);
          const sizes = (medium: Buffer) => gptOf(medium)?.partitions.map(({ offset, size }) => [offset, size]);
          expect(sizes(unfinished.medium)).toEqual(sizes(whole.medium));
          expect(readTable(unfinished)?.toMend).toEqual([]);
        }
      }
    },
  );
});
