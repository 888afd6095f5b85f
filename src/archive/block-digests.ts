// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hash } from 'node:crypto';

/** Of the file system, of dm-verity and of what is compared when contents are shared. */
export const blockSize = 4096;
/** SHA-256. */
export const digestSize = 32;
const digestsPerBlock: number = blockSize / digestSize;
/** A piece of a list: so many that a short list is small, and a whole number of dm-verity's blocks. */
const pieceDigests: number = 64 * digestsPerBlock;

/**
 * A list of digests of blocks, in pieces, so that it grows without being copied. Those of an image are the lowest level of its
 * dm-verity tree, and by them a writer knows what the image has already.
 */
export class BlockDigests {
  readonly #pieces: Buffer[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds those of whole blocks. */
  append(blocks: Uint8Array): void {
    for (let at = 0; at < blocks.length; at += blockSize) {
      const place = this.#count % pieceDigests;
      if (place === 0) this.#pieces.push(Buffer.alloc(pieceDigests * digestSize));
      writeDigest(blocks.subarray(at, at + blockSize), this.#piece(this.#count), place * digestSize);
      this.#count += 1;
    }
  }

  /** Adds digests that are known. */
  copy(digests: Buffer): void {
    for (let done = 0; done < digests.length; ) {
      const place = (this.#count % pieceDigests) * digestSize;
      if (place === 0) this.#pieces.push(Buffer.alloc(pieceDigests * digestSize));
      const copied = digests.copy(this.#piece(this.#count), place, done);
      this.#count += copied / digestSize;
      done += copied;
    }
  }

  /** Of a block that got its bytes last. */
  replace(block: number, bytes: Uint8Array): void {
    writeDigest(bytes, this.#piece(block), (block % pieceDigests) * digestSize);
  }

  /** Whether the list has these digests from `first` on. */
  has(first: number, digests: Buffer): boolean {
    if (first + digests.length / digestSize > this.#count) return false;
    for (let done = 0; done < digests.length; ) {
      const at = first + done / digestSize;
      const place = (at % pieceDigests) * digestSize;
      const length = Math.min(digests.length - done, pieceDigests * digestSize - place);
      if (this.#piece(at).compare(digests, done, done + length, place, place + length) !== 0) return false;
      done += length;
    }
    return true;
  }

  /** The list as whole blocks, which zero bytes fill up at its end. */
  *blocks(): Generator<Buffer> {
    for (let first = 0; first < this.#count; first += pieceDigests) {
      const blocks = Math.ceil(Math.min(this.#count - first, pieceDigests) / digestsPerBlock);
      yield this.#piece(first).subarray(0, blocks * blockSize);
    }
  }

  /** In hex. */
  text(block: number): string {
    const place = (block % pieceDigests) * digestSize;
    return this.#piece(block).toString('hex', place, place + digestSize);
  }

  #piece(block: number): Buffer {
    const piece = this.#pieces[Math.floor(block / pieceDigests)];
    if (piece === undefined) throw new RangeError(`no digest of block ${block}`);
    return piece;
  }
}

/** Writes the SHA-256 of bytes to a place. As a string of bytes it comes out of Node a third faster than as a Buffer. */
export function writeDigest(bytes: Uint8Array, target: Buffer, at: number): void {
  target.write(hash('sha256', bytes, 'binary'), at, 'latin1');
}
