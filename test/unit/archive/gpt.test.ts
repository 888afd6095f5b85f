// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { encodeGpt, type GptDisk, gptSectorsAfter, gptSectorsBefore } from '../../../src/archive/gpt.ts';
import { guidBytes } from '../../../src/archive/guid.ts';

const guid = '01234567-89ab-cdef-0123-456789abcdef';
const disk: GptDisk = {
  guid,
  sectors: 20_480,
  partitions: [
    { type: guid, guid, name: 'one', firstSector: 2048, sectors: 2048 },
    { type: guid, guid, name: 'two', firstSector: 4096, sectors: 100, attributes: 1n << 60n },
  ],
};

describe('a GUID partition table', () => {
  test('has the first three fields of a GUID little-endian', () => {
    expect(guidBytes(guid).toString('hex')).toBe('67452301ab89efcd0123456789abcdef');
  });

  test('names its two headers to each other, and both hold the same array', () => {
    const { before, after } = encodeGpt(disk);
    expect([before.length, after.length]).toEqual([gptSectorsBefore * 512, gptSectorsAfter * 512]);
    expect(before.subarray(1024)).toEqual(after.subarray(0, -512));
    const places = (header: Buffer) => [header.readBigUInt64LE(24), header.readBigUInt64LE(32)];
    expect(places(before.subarray(512))).toEqual([1n, 20_479n]);
    expect(places(after.subarray(-512))).toEqual([20_479n, 1n]);
  });

  test('is protected by an MBR entry that covers the whole disk', () => {
    const { before } = encodeGpt(disk);
    expect(before.toString('hex', 446, 462)).toBe('00000200eeffffff01000000ff4f0000');
    expect(before.toString('hex', 462, 512)).toBe(`${'00'.repeat(48)}55aa`);
  });

  test('covers what a disk of 2 TiB and more has of it', () => {
    const { before } = encodeGpt({ ...disk, sectors: 2 ** 33 });
    expect(before.readUInt32LE(446 + 12)).toBe(0xffff_ffff);
  });

  test('shows partitions in a hybrid MBR, and protects what is in front of them', () => {
    const { before } = encodeGpt({ ...disk, hybrid: [{ partition: 1, type: 0x0c, isActive: true }] });
    const entries = [446, 462].map((at) => [
      before[at],
      before[at + 4],
      before.readUInt32LE(at + 8),
      before.readUInt32LE(at + 12),
    ]);
    expect(entries).toEqual([
      [0, 0xee, 1, 4095],
      [0x80, 0x0c, 4096, 100],
    ]);
  });

  test.each<[string, Partial<GptDisk>]>([
    [
      'partitions that overlap',
      { partitions: disk.partitions.map((partition) => ({ ...partition, firstSector: 2048 })) },
    ],
    ['a partition over the second table', { sectors: 4096 + 100 + 32 }],
    ['a partition over the first table', { partitions: [{ type: guid, guid, name: '', firstSector: 33, sectors: 1 }] }],
    ['boot code that would reach the table', { bootCode: Buffer.alloc(441) }],
  ])('refuses %s', (_, wrong) => {
    expect(() => encodeGpt({ ...disk, ...wrong })).toThrow(RangeError);
  });
});
