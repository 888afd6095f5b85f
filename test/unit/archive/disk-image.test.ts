// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { contentId, diskChunks, DiskReader, isUsed, runsOf } from '../../../src/archive/disk-image.ts';
import { bytesOfChunks, diskOf, mapOf, noise } from '../../support/disk-images.ts';

const unit = 65_536;

describe('a disk made of parts', () => {
  it('reads the same in whatever order and pieces it is read', () => {
    const parts = { 10: noise(100, 'a'), 110: noise(5, 'b'), 4000: noise(96, 'c') };
    const whole = Buffer.alloc(4608);
    for (const [at, data] of Object.entries(parts)) data.copy(whole, Number(at));
    using reader = new DiskReader(diskOf(4608, parts));
    for (const [at, length] of [
      [4000, 96],
      [0, 4608],
      [0, 10],
      [109, 2],
      [3999, 100],
      [50, 1],
      [200, 3000],
      [4600, 8],
    ] as const) {
      const buffer = Buffer.alloc(length, 1);
      reader.read(at, buffer);
      expect(buffer.equals(whole.subarray(at, at + length)), `${length} bytes at ${at}`).toBe(true);
    }
  });

  it('is zero behind its end', () => {
    using reader = new DiskReader(diskOf(512, { 0: noise(512) }));
    const buffer = Buffer.alloc(1024, 1);
    reader.read(0, buffer);
    expect(buffer.subarray(512).every((byte) => byte === 0)).toBe(true);
  });

  it('has runs that are used and runs that are not, stored zeros included', async () => {
    const map = await mapOf(
      diskOf(10 * unit + 512, { 0: Buffer.alloc(2 * unit), [2 * unit + 7]: noise(1), [10 * unit]: noise(512) }),
    );
    expect([...runsOf(map)]).toEqual([
      { at: 0, length: 2 * unit, used: false },
      { at: 2 * unit, length: unit, used: true },
      { at: 3 * unit, length: 7 * unit, used: false },
      { at: 10 * unit, length: 512, used: true },
    ]);
    expect([0, 2, 3, 10].map((block) => isUsed(map, block * unit, 1))).toEqual([false, true, false, true]);
    expect(isUsed(map, 0, 3 * unit)).toBe(true);
    expect((await bytesOfChunks(diskChunks(map, 1000))).length).toBe(10 * unit + 512);
  });

  it('has identifiers that change with its content, its size and what they are for', async () => {
    const ids = await Promise.all(
      [
        diskOf(unit * 4, { 0: noise(10) }),
        diskOf(unit * 4, { 0: noise(11) }),
        diskOf(unit * 4, { [unit]: noise(10) }),
        diskOf(unit * 5, { 0: noise(10) }),
      ].map(async (image) => contentId(await mapOf(image), 'test').toString('hex')),
    );
    expect(new Set(ids).size).toBe(4);
    const map = await mapOf(diskOf(unit * 4, { 0: noise(10) }));
    expect(contentId(map, 'test').toString('hex')).toBe(ids[0]);
    expect(contentId(map, 'other').toString('hex')).not.toBe(ids[0]);
  });
});
