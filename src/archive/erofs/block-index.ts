// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BlockDigests, digestSize } from '../block-digests.ts';

/** Finds groups of blocks that an image has already, by their digests: a hash table of the numbers of first blocks. */
export class BlockIndex {
  readonly #digests: BlockDigests;
  /** Block numbers; 0, which is the superblock's, is a free place. */
  #table = new Uint32Array(1 << 12);
  /** What the digests of the group at the same place hash to. */
  #hashes = new Uint32Array(1 << 12);
  #used = 0;

  /** `digests` are those of the image. */
  constructor(digests: BlockDigests) {
    this.#digests = digests;
  }

  /** Where blocks with these digests follow each other. */
  find(digests: Buffer): number | undefined {
    const hash = hashOf(digests);
    for (let place = this.#placeOf(hash); ; place = this.#next(place)) {
      const first = this.#table[place] ?? 0;
      if (first === 0) return undefined;
      if (this.#hashes[place] === hash && this.#digests.has(first, digests)) return first;
    }
  }

  /** Remembers a group that was not found. */
  add(first: number, digests: Buffer): void {
    if (2 * this.#used >= this.#table.length) this.#grow();
    this.#put(first, hashOf(digests));
  }

  #put(first: number, hash: number): void {
    let place = this.#placeOf(hash);
    while (this.#table[place] !== 0) place = this.#next(place);
    this.#table[place] = first;
    this.#hashes[place] = hash;
    this.#used += 1;
  }

  #placeOf(hash: number): number {
    return hash & (this.#table.length - 1);
  }

  #next(place: number): number {
    return (place + 1) & (this.#table.length - 1);
  }

  #grow(): void {
    const [table, hashes] = [this.#table, this.#hashes];
    this.#table = new Uint32Array(table.length * 2);
    this.#hashes = new Uint32Array(table.length * 2);
    this.#used = 0;
    table.forEach((first, place) => {
      if (first !== 0) this.#put(first, hashes[place] ?? 0);
    });
  }
}

/** Groups of other lengths, and such that differ at either end, hash to something else. */
function hashOf(digests: Buffer): number {
  const last = digests.readUInt32LE(digests.length - 4);
  return (digests.readUInt32LE(0) ^ Math.imul(last, 0x9e37_79b1) ^ (digests.length / digestSize)) >>> 0;
}
