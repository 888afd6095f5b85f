// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { encodeDynamicVhd, encodeFixedVhd, maxVhdSize } from '../../../src/archive/vhd.ts';
import { bytesOfChunks, diskOf, mapOf, noise } from '../../support/disk-images.ts';

const mib = 1 << 20;
/** 2021-01-01T00:00:00Z, 662,774,400 seconds after 2000 began. */
const epoch = 1_609_459_200;

function checksumOf(structure: Buffer, at: number): number {
  const copy = Buffer.from(structure).fill(0, at, at + 4);
  return ~copy.reduce((sum, byte) => sum + byte, 0) >>> 0;
}

describe('a VHD', () => {
  it('ends with a footer that says how large the disk is', async () => {
    const map = await mapOf(diskOf(3 * mib, { 5: noise(9) }));
    const bytes = await bytesOfChunks(encodeFixedVhd(map, { epoch }));
    expect(bytes.length).toBe(3 * mib + 512);
    expect(bytes.subarray(5, 14).equals(noise(9))).toBe(true);
    const footer = bytes.subarray(3 * mib);
    expect(footer.subarray(0, 64).toString('hex')).toBe(
      // 90 cylinders, 4 heads, 17 sectors a track: 6120 of 6144 sectors.
      '636f6e6563746978' +
        '0000000200010000ffffffffffffffff27812280' +
        '77696e20000a00005769326b' +
        '00000000003000000000000000300000' +
        '005a041100000002',
    );
    expect(footer.readUInt32BE(64)).toBe(checksumOf(footer, 64));
    expect(footer.subarray(68, 84).every((byte) => byte === 0)).toBe(false);
    expect(footer.subarray(84).every((byte) => byte === 0)).toBe(true);
  });

  it('that is dynamic has header, table and only the blocks that hold something', async () => {
    const map = await mapOf(diskOf(7 * mib, { [2 * mib + 1]: noise(3), [6 * mib]: noise(2) }));
    const bytes = await bytesOfChunks(encodeDynamicVhd(map, { epoch }));
    const header = bytes.subarray(512, 1536);
    expect(header.toString('latin1', 0, 8)).toBe('cxsparse');
    expect(header.readUInt32BE(28)).toBe(4);
    expect(header.readUInt32BE(36)).toBe(checksumOf(header, 36));
    const table = [0, 1, 2, 3].map((index) => bytes.readUInt32BE(1536 + 4 * index));
    expect(table).toEqual([0xffff_ffff, 4, 0xffff_ffff, 4 + 1 + 4096]);
    expect(bytes.subarray(5 * 512 + 1, 5 * 512 + 4).equals(noise(3))).toBe(true);
    expect(bytes.length).toBe(2048 + 2 * (512 + 2 * mib) + 512);
    expect(bytes.subarray(-512).equals(bytes.subarray(0, 512))).toBe(true);
  });

  it('holds 2040 GiB and no more', async () => {
    const footers = await Promise.all(
      [maxVhdSize, maxVhdSize + 512].map(async (size) => {
        const map = { image: diskOf(size, {}), used: new Uint8Array(0), digest: Buffer.alloc(32) };
        return await bytesOfChunks(encodeDynamicVhd({ ...map, used: new Uint8Array(size / 65_536) }, { epoch })).catch(
          (error: unknown) => error,
        );
      }),
    );
    expect(footers[0]).toBeInstanceOf(Buffer);
    expect(footers[1]).toMatchObject({ code: 'format', message: expect.stringContaining('2040 GiB') });
  });
});
