// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hash } from 'node:crypto';

/** Of the file system, of dm-verity and of what is compared when contents are shared. */
export const blockSize = 4096;
/** SHA-256. */
export const digestSize = 32;

/**
 * The digests of an image's blocks, by block number. They are the lowest level of its dm-verity tree, and by them a writer
 * knows what the image has already.
 */
export class BlockDigests {
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** All of them, valid until the next is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#count * digestSize);
  }

  /** Adds those of whole blocks. */
  append(blocks: Buffer): void {
    for (let at = 0; at < blocks.length; at += blockSize) {
      this.#reserve(1);
      this.#write(this.#count, blocks.subarray(at, at + blockSize));
      this.#count += 1;
    }
  }

  /** Adds digests that are known. */
  copy(digests: Buffer): void {
    const count = digests.length / digestSize;
    this.#reserve(count);
    digests.copy(this.#bytes, this.#count * digestSize);
    this.#count += count;
  }

  /** Of a block that got its bytes last. */
  replace(block: number, bytes: Buffer): void {
    this.#write(block, bytes);
  }

  #write(block: number, bytes: Buffer): void {
    writeDigest(bytes, this.#bytes, block * digestSize);
  }

  #reserve(count: number): void {
    const needed = (this.#count + count) * digestSize;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

/** Writes the SHA-256 of bytes to a place. As a string of bytes it comes out of Node a third faster than as a Buffer. */
export function writeDigest(bytes: Uint8Array, target: Buffer, at: number): void {
  target.write(hash('sha256', bytes, 'binary'), at, 'latin1');
}
