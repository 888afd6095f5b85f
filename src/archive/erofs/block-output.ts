// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { BlockDigests, blockSize } from '../block-digests.ts';

const chunkBlocks = 256;
const chunkSize = chunkBlocks * blockSize;

/**
 * An image in the order of its blocks, in chunks of up to 1 MiB. The digest of every block is taken on the way. Two buffers take
 * turns: a chunk is valid until the one after the next is asked for.
 */
export class BlockOutput {
  readonly digests: BlockDigests = new BlockDigests();
  #buffer = Buffer.allocUnsafeSlow(chunkSize);
  #other = Buffer.allocUnsafeSlow(chunkSize);
  #used = 0;
  /** Bytes that have been handed out in chunks. */
  #before = 0;

  /** Bytes so far. */
  get position(): number {
    return this.#before + this.#used;
  }

  /** Adds bytes; yields the chunks that became full. */
  *append(bytes: Uint8Array): Generator<Buffer> {
    for (let done = 0; done < bytes.length; ) {
      const room = yield* this.room(1);
      const part = bytes.subarray(done, done + room.length);
      room.set(part);
      this.#used += part.length;
      done += part.length;
    }
  }

  /** Adds zero bytes up to a position. */
  *fillTo(position: number): Generator<Buffer> {
    while (this.position < position) {
      const room = yield* this.room(1);
      const count = Math.min(room.length, position - this.position);
      room.fill(0, 0, count);
      this.#used += count;
    }
  }

  /** Adds zero bytes up to the end of a block. */
  *fillBlock(): Generator<Buffer> {
    yield* this.fillTo(Math.ceil(this.position / blockSize) * blockSize);
  }

  /** The free rest of the chunk, or of the next one when it has less than `least` bytes. What is put there counts when it is taken. */
  *room(least: number): Generator<Buffer, Buffer> {
    if (chunkSize - this.#used < least) yield* this.flush();
    return this.#buffer.subarray(this.#used);
  }

  /** Counts whole blocks that were put into the room, whose digests are known. */
  take(size: number, digests: Buffer): void {
    this.#digest();
    this.#used += size;
    this.digests.copy(digests);
  }

  /** Yields what was added since the last chunk. Only whole blocks are there then. */
  *flush(): Generator<Buffer> {
    if (this.#used === 0) return;
    this.#digest();
    yield this.#buffer.subarray(0, this.#used);
    [this.#buffer, this.#other] = [this.#other, this.#buffer];
    this.#before += this.#used;
    this.#used = 0;
  }

  /** Takes the digests that are missing. */
  #digest(): void {
    this.digests.append(this.#buffer.subarray(this.digests.count * blockSize - this.#before, this.#used));
  }
}
