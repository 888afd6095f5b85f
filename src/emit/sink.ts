// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import type { SparseChunk } from '../archive/disk-image.ts';
import { TskitError } from '../errors.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { storeError } from '../oci/store-error.ts';

/** What one step of copying moves; larger ones no longer save anything. */
const copyChunk = 1 << 20;

/** Where the bytes of an artifact go, in their order. Errors of writing are the system's; the caller says what it was doing. */
export abstract class Sink {
  /** Made by the first copy and used for all of them. */
  #copyBuffer: Buffer | undefined;

  /** Bytes written so far. */
  abstract get size(): number;
  /** The bytes may change once it has resolved. */
  abstract write(bytes: Uint8Array): Promise<void>;
  /** Appends zeros, which take no room where a file can have holes. */
  abstract writeZeros(length: number): Promise<void>;

  /** Appends chunks as they come. @throws what making them throws. */
  async writeAll(chunks: Iterable<SparseChunk> | AsyncIterable<SparseChunk>, signal: AbortSignal): Promise<void> {
    for await (const chunk of chunks) {
      throwIfInterrupted(signal);
      await ('zeros' in chunk ? this.writeZeros(chunk.zeros) : this.write(chunk));
    }
  }

  /**
   * Appends `length` bytes of another file from `offset`.
   * @throws TskitError `store` when the other file cannot be read or has fewer.
   */
  async copyFrom(file: string, offset: number, length: number, signal: AbortSignal): Promise<void> {
    this.#copyBuffer ??= Buffer.allocUnsafeSlow(copyChunk);
    const buffer = this.#copyBuffer;
    await using source = await open(file).catch((error: unknown) => {
      throw storeError('reading', file, error);
    });
    for (let done = 0; done < length; ) {
      throwIfInterrupted(signal);
      const wanted = Math.min(buffer.length, length - done);
      const { bytesRead } = await source.read(buffer, 0, wanted, offset + done);
      if (bytesRead === 0) {
        throw new TskitError(
          'store',
          `reading "${file}": it ends at byte ${offset + done}, expected ${offset + length}`,
        );
      }
      await this.write(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
  }
}
