// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32, type Gpt, readGpt } from '../../../../init/boot/gpt.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
let disk: Buffer;
const size = 8 << 20;

beforeAll(() => {
  folder = temporaryFolder();
  const file = join(folder.path, 'disk');
  writeFileSync(file, '');
  truncateSync(file, size);
  // Somebody else's writer.
  const arguments_ = [
    '--disk-guid',
    '11111111-2222-3333-4444-555566667777',
    '--new',
    '1:2048:4095',
    '--typecode',
    '1:ef00',
    '--change-name',
    '1:boot',
    '--new',
    '3:4096:8191',
    '--typecode',
    '3:4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
    '--partition-guid',
    '3:00112233-4455-6677-8899-aabbccddeeff',
    '--change-name',
    '3:rooms',
  ];
  execFileSync('sgdisk', [...arguments_, file], { stdio: 'pipe' });
  disk = readFileSync(file);
});
afterAll(() => folder[Symbol.dispose]());

function gptOf(bytes: Uint8Array): Gpt | undefined {
  return readGpt((offset, length) => bytes.subarray(offset, offset + length), bytes.length);
}

function damaged(...offsets: readonly number[]): Buffer {
  const copy = Buffer.from(disk);
  for (const offset of offsets) copy[offset] = (copy[offset] ?? 0) ^ 1;
  return copy;
}

describe('the partition table of a disk', () => {
  it('is read as sgdisk has written it', () => {
    expect(gptOf(disk)).toMatchObject({
      sectorSize: 512,
      diskGuid: '11111111-2222-3333-4444-555566667777',
      firstUsable: 34,
      lastUsable: size / 512 - 34,
      entryCount: 128,
      entrySize: 128,
      isBackup: false,
      partitions: [
        { number: 1, type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: 'boot', offset: 1 << 20, size: 1 << 20 },
        {
          number: 3,
          type: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
          guid: '00112233-4455-6677-8899-aabbccddeeff',
          name: 'rooms',
          offset: 2 << 20,
          size: 2 << 20,
        },
      ],
    });
  });

  it.each([
    ['header', 512 + 60],
    ['entries', 1024 + 40],
    ['signature', 512],
  ])('is taken from the end of the disk when the %s of the first is damaged', (_, offset) => {
    const whole = gptOf(disk);
    expect(gptOf(damaged(offset))).toEqual({ ...whole, isBackup: true });
  });

  it('is none when both are damaged, on an empty disk, on a short one, and on one that is no disk', () => {
    for (const bytes of [damaged(512, size - 512), Buffer.alloc(size), Buffer.alloc(100), Buffer.alloc(0)]) {
      expect(gptOf(bytes)).toBeUndefined();
    }
  });

  it('is found with sectors of 4096 bytes', () => {
    const wide = Buffer.alloc(size);
    disk.copy(wide, 4096, 512, 1024);
    disk.copy(wide, 8192, 1024, 1024 + 128 * 128);
    expect(gptOf(wide)).toMatchObject({
      sectorSize: 4096,
      partitions: [{ number: 1, offset: 2048 * 4096 }, { number: 3 }],
    });
  });

  it.each([2 ** 31, 2048])('is refused when it claims to be larger than any is: %i entries', (count) => {
    const huge = Buffer.from(disk.subarray(0, 1 << 20));
    huge.writeUInt32LE(count, 512 + 80);
    huge.writeUInt32LE(crc32(huge.subarray(1024, 1024 + count * 128)), 512 + 88);
    huge.writeUInt32LE(0, 512 + 16);
    huge.writeUInt32LE(crc32(huge.subarray(512, 512 + 92)), 512 + 16);
    expect(gptOf(huge)).toBeUndefined();
  });
});
