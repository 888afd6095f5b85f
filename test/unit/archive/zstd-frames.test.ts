// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Readable } from 'node:stream';
import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { splitZstdFrames } from '../../../src/archive/zstd-frames.ts';

const one = zstdCompressSync(Buffer.from('one '.repeat(1000)));
const two = zstdCompressSync(Buffer.from('two'), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const noise = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index * 31 + (index >> 3)) & 0xff));
const large = zstdCompressSync(noise);
const skippable = Buffer.concat([Buffer.from('512a4d1803000000', 'hex'), Buffer.from('abc')]);
const emptySkippable = Buffer.from('5f2a4d1800000000', 'hex');

function inSteps(bytes: Buffer, step: number): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
    bytes.subarray(index * step, (index + 1) * step),
  );
  return Readable.from(pieces);
}

/** The chunks between frame ends, joined. */
async function framesOf(bytes: Buffer, step: number, sizes: readonly number[]): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  let current: Buffer[] = [];
  for await (const chunk of splitZstdFrames(inSteps(bytes, step))) {
    current.push(chunk);
    if (Buffer.concat(current).length === sizes[frames.length]) {
      frames.push(Buffer.concat(current));
      current = [];
    }
  }
  expect(current).toEqual([]);
  return frames;
}

describe('splitting zstd frames', () => {
  it.each([1, 2, 5, 7, 1000, 65_536, 1_000_000])(
    'ends a chunk at each frame end when %i bytes come at a time',
    async (step) => {
      const parts = [one, skippable, two, emptySkippable, large, one];
      const frames = await framesOf(
        Buffer.concat(parts),
        step,
        parts.map((part) => part.length),
      );
      expect(frames.map((frame) => frame.toString('hex'))).toEqual(parts.map((part) => part.toString('hex')));
      expect(zstdDecompressSync(frames[4] ?? Buffer.alloc(0)).equals(noise)).toBe(true);
    },
  );

  it.each([1, 4, 12, -1, -5])('refuses a stream that is cut at byte %i of its last frame', async (at) => {
    const bytes = Buffer.concat([one, large.subarray(0, at)]);
    const drain = async (): Promise<void> => {
      for await (const chunk of splitZstdFrames(inSteps(bytes, 1000))) void chunk;
    };
    await expect(drain()).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringContaining('ends in the middle of a frame'),
    });
  });

  it('refuses what is no frame', async () => {
    const drain = async (): Promise<void> => {
      for await (const chunk of splitZstdFrames(inSteps(Buffer.concat([one, Buffer.from('garbage')]), 100))) void chunk;
    };
    await expect(drain()).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringContaining('expected a frame, found the bytes 67617262'),
    });
  });
});
