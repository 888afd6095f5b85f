// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { BlockDigests, blockSize, digestSize } from '../../../../src/archive/block-digests.ts';
import { BlockIndex } from '../../../../src/archive/erofs/block-index.ts';

/** Digests that end with a number, and are zeros otherwise. */
function digestsOf(...numbers: readonly number[]): Buffer {
  const digests = Buffer.alloc(numbers.length * digestSize);
  numbers.forEach((number, index) => digests.writeUInt32LE(number, (index + 1) * digestSize - 8));
  return digests;
}

describe('the index of blocks', () => {
  it('finds what was added, among tens of thousands, and nothing that only hashes alike', () => {
    const known = new BlockDigests();
    const index = new BlockIndex(known);
    known.copy(digestsOf(0));
    for (let number = 1; number <= 20_000; number += 1) {
      const digests = digestsOf(number);
      // Neither the first nor the last bytes differ, so that all of them hash alike in part of the runs.
      if (number > 100) digests.writeUInt32LE(number, 0);
      expect(index.find(digests)).toBeUndefined();
      index.add(known.count, digests);
      known.copy(digests);
    }
    for (const number of [1, 2, 99, 100]) expect(index.find(digestsOf(number))).toBe(number);
    const last = digestsOf(20_000);
    last.writeUInt32LE(20_000, 0);
    expect(index.find(last)).toBe(20_000);
  });

  it('finds groups of the same length only', () => {
    const known = new BlockDigests();
    known.copy(digestsOf(0, 1, 2, 3));
    const index = new BlockIndex(known);
    index.add(1, digestsOf(1, 2, 3));
    expect(index.find(digestsOf(1, 2, 3))).toBe(1);
    expect(index.find(digestsOf(1, 2))).toBeUndefined();
    expect(index.find(digestsOf(1, 2, 4))).toBeUndefined();
  });
});

describe('a list of digests', () => {
  it('is compared across its pieces, and not past its end', () => {
    const list = new BlockDigests();
    const all = digestsOf(...Array.from({ length: 10_000 }, (_, number) => number));
    for (let done = 0; done < all.length; done += 7 * digestSize) list.copy(all.subarray(done, done + 7 * digestSize));
    expect(list.count).toBe(10_000);
    const part = (from: number, to: number): Buffer => all.subarray(from * digestSize, to * digestSize);
    expect(list.has(8000, part(8000, 9000))).toBe(true);
    expect(list.has(8001, part(8000, 9000))).toBe(false);
    expect(list.has(8000, Buffer.concat([part(8000, 8999), digestsOf(5)]))).toBe(false);
    expect(list.has(9999, digestsOf(9999, 10_000))).toBe(false);
    const blocks = Buffer.concat([...list.blocks()]);
    expect(blocks.subarray(0, all.length).equals(all)).toBe(true);
    expect(blocks.length).toBe(Math.ceil(all.length / blockSize) * blockSize);
    expect(blocks.subarray(all.length).every((byte) => byte === 0)).toBe(true);
  });
});
