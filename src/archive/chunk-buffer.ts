// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../content.ts';
import { type Content, contentSize } from '../file-tree.ts';

const chunkSize = 1 << 20;

/**
 * Gathers what an archive consists of into chunks of 1 MiB, contents read straight into their place. Two buffers take turns:
 * a chunk is valid until the one after the next is asked for, so that a compressor can work on it while the next is filled.
 */
export class ChunkBuffer {
  #buffer = Buffer.allocUnsafeSlow(chunkSize);
  #other = Buffer.allocUnsafeSlow(chunkSize);
  #used = 0;

  /** Adds bytes; yields the chunks that became full. */
  *append(bytes: Buffer): Generator<Buffer> {
    for (let done = 0; done < bytes.length; ) {
      yield* this.#makeRoom();
      const count = bytes.copy(this.#buffer, this.#used, done);
      this.#used += count;
      done += count;
    }
  }

  /** Adds a whole content. Throws what the reader throws. */
  *appendContent(content: Content, reader: ContentReader): Generator<Buffer> {
    const size = contentSize(content);
    for (let done = 0; done < size; ) {
      yield* this.#makeRoom();
      const count = Math.min(chunkSize - this.#used, size - done);
      reader.read(content, done, this.#buffer, this.#used, count);
      this.#used += count;
      done += count;
    }
  }

  /** What was added since the last full chunk. */
  rest(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  *#makeRoom(): Generator<Buffer> {
    if (this.#used === chunkSize) {
      yield this.rest();
      [this.#buffer, this.#other] = [this.#other, this.#buffer];
      this.#used = 0;
    }
  }
}
