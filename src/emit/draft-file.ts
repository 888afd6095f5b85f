// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import { Sink } from './sink.ts';

/**
 * A file that is being written under a temporary name of the same file system, and gets its own name only when it is whole.
 * Errors of writing are those of the file system; the caller says what it was doing.
 */
export class DraftFile extends Sink {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    super();
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

  get size(): number {
    return this.#size;
  }

  /** The name that it has until it is published, for programs that read it. */
  get temporary(): string {
    return this.#temporary;
  }

  /** Of the open file, for programs that write to it. */
  get fd(): number {
    return this.#handle.fd;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#size + done);
      done += bytesWritten;
    }
    this.#size += bytes.length;
  }

  /** Leaves a hole. */
  async writeZeros(length: number): Promise<void> {
    await this.resize(this.#size + length);
  }

  /** Writes at a position, within what was written or {@link resize} has made room for. */
  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** Makes it so long; what was not written reads as zeros and takes no space. */
  async resize(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  /** Nothing is written any more; the file keeps its temporary name, and is not durable. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Makes the bytes durable; the file keeps its temporary name. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
  }

  /** Makes the bytes of a closed file durable. */
  async sync(): Promise<void> {
    await using handle = await open(this.#temporary);
    await handle.sync();
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
