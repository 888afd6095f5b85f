// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { TskitError } from '../errors.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { storeError } from '../oci/store-error.ts';
import { keepAtExit, removeAtExit } from '../at-exit.ts';

/** What one step of copying moves; larger ones no longer save anything. */
const copyChunk = 1 << 20;

/**
 * A file that is being written under a temporary name of the same file system, and gets its own name only when it is whole.
 * Errors of writing are those of the file system; the caller says what it was doing.
 */
export class DraftFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #size = 0;
  /** Made by the first copy and used for all of them. */
  #copyBuffer: Buffer | undefined;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(path: string, temporary: string): Promise<DraftFile> {
    removeAtExit(temporary);
    try {
      return new DraftFile(path, temporary, await open(temporary, 'wx', 0o644));
    } catch (error) {
      keepAtExit(temporary);
      throw error;
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done);
      done += bytesWritten;
    }
    this.#size += bytes.length;
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

  /** Makes the bytes durable; the file keeps its temporary name. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
  }

  /** Gives a finished file its name. */
  async publish(): Promise<void> {
    await rename(this.#temporary, this.path);
    keepAtExit(this.#temporary);
  }

  /** Removes whatever is there under the temporary name. */
  async discard(): Promise<void> {
    await this.#handle.close();
    rmSync(this.#temporary, { force: true });
    keepAtExit(this.#temporary);
  }
}
