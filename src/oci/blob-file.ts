// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, type Hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from './atomic-file.ts';
import { digestFromHex } from './digest.ts';
import { throwIfInterrupted } from './interruption.ts';
import { storeError } from './store-error.ts';
import type { Digest } from './types.ts';

const rehashChunk = 1024 * 1024;

/**
 * A blob on its way into the store: bytes are hashed as they are written, and the file gets its final name only when its
 * digest is known to be right. What a killed process leaves can be continued.
 */
export class BlobFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** A new file, empty. Throws `store`. */
  static async create(path: string): Promise<BlobFile> {
    try {
      return new BlobFile(path, await open(path, 'wx+', 0o644));
    } catch (error) {
      throw storeError('creating', path, error);
    }
  }

  /**
   * What an earlier process left under this name, hashed again from the disk (it may have ended in the middle of a write, or
   * in a power cut); empty when there is nothing. The caller keeps others from the same name. Throws `store`.
   */
  static async resume(path: string, signal: AbortSignal): Promise<BlobFile> {
    try {
      const file = new BlobFile(path, await open(path, 'a+', 0o644));
      await file.#rehash(signal);
      return file;
    } catch (error) {
      throw storeError('opening', path, error);
    }
  }

  /** How many bytes are in it. */
  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    try {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await this.#handle.write(chunk, done);
        done += bytesWritten;
      }
    } catch (error) {
      throw storeError('writing', this.path, error);
    }
    this.#size += chunk.length;
  }

  /** Empties it. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#size = 0;
  }

  /** The digest of what is in it so far. */
  digest(): Digest {
    return digestFromHex(this.#hash.copy().digest('hex'));
  }

  /** Makes it durable and gives it its final name. An existing file of that name is replaced. Throws `store`. */
  async publish(path: string): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      makeFolder(dirname(path));
      await rename(this.path, path);
      syncFolder(dirname(path));
    } catch (error) {
      throw storeError('writing', path, error);
    }
  }

  /** Closes it and keeps what is there, to be continued later. Does nothing after publish and discard. */
  async keep(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes and removes it. */
  async discard(): Promise<void> {
    await this.#handle.close();
    rmSync(this.path, { force: true });
  }

  async #rehash(signal: AbortSignal): Promise<void> {
    const buffer = Buffer.allocUnsafe(rehashChunk);
    for (;;) {
      throwIfInterrupted(signal);
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#size);
      if (bytesRead === 0) {
        return;
      }
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#size += bytesRead;
    }
  }
}
