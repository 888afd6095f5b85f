// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partitionTypes } from '../../src/archive/gpt.ts';
import { copySparse } from '../../src/emit/disk/copy-sparse.ts';
import { derivedGuid } from '../../src/emit/disk/derived-guid.ts';
import { fatLayout, type FatType } from '../../src/emit/disk/fat-layout.ts';
import { writeFat } from '../../src/emit/disk/fat.ts';
import { type DiskPartition, type DiskPlan, writeDisk } from '../../src/emit/disk/raw-disk.ts';
import { DraftFile } from '../../src/emit/draft-file.ts';
import { testContext } from '../support/build-context.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1 << 20;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** A FAT partition with these files. */
function fatPartition(contents: Readonly<Record<string, Buffer>>, type: FatType): DiskPartition {
  const files = Object.entries(contents).map(([path, data]) => ({
    path,
    size: data.length,
    write: (sink: { write(bytes: Uint8Array): Promise<void> }) => sink.write(data),
  }));
  const layout = fatLayout(files, type);
  return {
    type: partitionTypes.efiSystem,
    guid: derivedGuid('test', 'fat'),
    name: 'ESP',
    size: layout.size,
    write: (draft, offset, ctx) => writeFat(draft, offset, { ...layout, type, label: 'ESP', serial: 7, files }, ctx),
  };
}

async function diskOf(plan: DiskPlan, epoch = 1_609_459_200): Promise<string> {
  const path = join(folder.path, 'disk.img');
  const draft = await DraftFile.create(path, `${path}.tmp`);
  try {
    await writeDisk(draft, plan, testContext(folder.path, { epoch }));
    await draft.close();
    await draft.publish();
  } finally {
    await draft.discard();
  }
  return path;
}

/** What a judge prints; it throws when the judge is not content. */
function judged(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A part of the disk as a file of its own. */
function partOf(disk: string, offset: number, size: number): string {
  const part = join(folder.path, 'part.img');
  writeFileSync(part, readFileSync(disk).subarray(offset, offset + size));
  return part;
}

describe('a raw disk', () => {
  test('is what sgdisk finds no fault with, and shows partitions as they were asked for', async () => {
    const disk = await diskOf({
      partitions: [fatPartition({ 'EFI/BOOT/BOOTX64.EFI': randomBytes(3_000_000) }, 'fat32'), emptyPartition(5000)],
    });
    expect(judged('sgdisk', '--verify', disk)).toContain('No problems found');
    const shown = judged('sgdisk', '--info=2', disk);
    expect(shown).toContain(`Partition unique GUID: ${derivedGuid('test', 'empty').toUpperCase()}`);
    expect(shown).toContain('Partition size: 10 sectors');
    expect(shown).toContain("Partition name: 'root'");
    expect(shown).toMatch(/8304|root/);
  });

  test('is as large as --size asks for, and takes no more space than its contents', async () => {
    const disk = await diskOf({ partitions: [emptyPartition(mebibyte)], size: 1 << 30 });
    expect(judged('sgdisk', '--verify', disk)).toContain('No problems found');
    expect(statSync(disk)).toMatchObject({ size: 1 << 30 });
    expect(statSync(disk).blocks * 512).toBeLessThan(mebibyte);
  });

  test('of a size that does not hold the contents is refused', async () => {
    await expect(diskOf({ partitions: [emptyPartition(2 * mebibyte)], size: mebibyte })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('--size: expected at least 4M'),
    });
  });

  test('leaves out blocks of zeros that it copies, and nothing else', async () => {
    const data = Buffer.concat([
      randomBytes(5000),
      Buffer.alloc(8 * mebibyte),
      randomBytes(4 * mebibyte + 1),
      Buffer.alloc(100_000),
    ]);
    const file = join(folder.path, 'root');
    writeFileSync(file, data);
    const disk = await diskOf({
      partitions: [
        {
          ...emptyPartition(data.length),
          write: (draft, offset, ctx) => copySparse(draft, offset, file, data.length, ctx.signal),
        },
      ],
    });
    expect(
      readFileSync(disk)
        .subarray(mebibyte, mebibyte + data.length)
        .equals(data),
    ).toBe(true);
    expect(statSync(disk).blocks * 512).toBeLessThan(5 * mebibyte);
  });
});

describe('a FAT file system', () => {
  test.each<[FatType, number]>([
    ['fat16', 0],
    ['fat16', 20_000_000],
    ['fat16', 100_000_000],
    ['fat32', 0],
    ['fat32', 40_000_000],
    ['fat32', 90_000_000],
    ['fat32', 280_000_000],
  ])('of %s with a file of %i bytes is sound, and mtools read back what went in', async (type, size) => {
    const large = Buffer.alloc(size, randomBytes(70_001));
    const contents = { 'EFI/BOOT/BOOTX64.EFI': large, 'loader/a long name.conf': Buffer.from('small') };
    const partition = fatPartition(contents, type);
    const disk = await diskOf({ partitions: [partition] });
    const part = partOf(disk, mebibyte, partition.size);
    expect(judged('fsck.vfat', '-n', '-v', part)).toContain(`${type === 'fat16' ? 16 : 32} bit entries`);
    for (const [path, data] of Object.entries(contents)) {
      const read = execFileSync('mcopy', ['-i', part, `::/${path}`, '-'], { maxBuffer: 1 << 30 });
      expect(read.equals(data), path).toBe(true);
    }
  });

  test.each([
    [0, '1980-01-01'],
    [1_000_000_000, '2001-09-09'],
    [2 ** 33, '2107-12-31'],
  ])('has the date of the build, as far as FAT has dates (%i)', async (epoch, date) => {
    const disk = await diskOf({ partitions: [fatPartition({ 'EFI/one': Buffer.from('1') }, 'fat16')] }, epoch);
    const listed = judged('mdir', '-i', `${disk}@@1M`, '::/EFI');
    expect(listed.match(/\d{4}-\d\d-\d\d/g)).toEqual([date, date, date]);
  });

  test('does not hold a file of 4 GiB', () => {
    expect(() => fatLayout([{ path: 'EFI/BOOT/BOOTX64.EFI', size: 2 ** 32 }], 'fat32')).toThrow('less than 4 GiB');
  });

  // Of the first mcopy does not read all, of the second it does, and ends with 0 both times.
  test.each([8_000_000, 3_110_000])(
    'that is too small for %i bytes is an error, although mcopy says nothing',
    async (size) => {
      const partition = fatPartition({ small: randomBytes(100) }, 'fat16');
      const data = randomBytes(size);
      const files = [
        {
          path: 'large',
          size: data.length,
          write: (sink: { write(bytes: Uint8Array): Promise<void> }) => sink.write(data),
        },
      ];
      const tooSmall: DiskPartition = {
        ...partition,
        write: (draft, offset, ctx) =>
          writeFat(
            draft,
            offset,
            { size: partition.size, sectorsPerCluster: 1, type: 'fat16', label: 'ESP', serial: 7, files },
            ctx,
          ),
      };
      await expect(diskOf({ partitions: [tooSmall] })).rejects.toThrow(
        /mcopy 4[.\d]+: .*No free cluster|"large": expected 3110000 bytes in the result, found \d+/,
      );
    },
  );
});

function emptyPartition(size: number): DiskPartition {
  return {
    type: partitionTypes.rootX86_64,
    guid: derivedGuid('test', 'empty'),
    name: 'root',
    size,
    write: async () => {},
  };
}
