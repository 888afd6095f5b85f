// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, readSync } from 'node:fs';
import { TskitError } from './errors.ts';
import { type Content, contentSize } from './file-tree.ts';
import { storeError } from './oci/store-error.ts';

/**
 * Reads contents into a caller's buffer and keeps the few files that they are ranges of open until it is disposed.
 * Reads are synchronous: most contents are small and in the page cache, where a trip through the thread pool costs more.
 */
export class ContentReader implements Disposable {
  readonly #fds = new Map<string, number>();

  /**
   * Copies `length` bytes from `position` of the content to `buffer` at `at`.
   * @throws TskitError `store` when the file is gone or shorter than it was.
   */
  read(content: Content, position: number, buffer: Buffer, at: number, length: number): void {
    if (content.kind === 'inline') {
      buffer.set(content.data.subarray(position, position + length), at);
      return;
    }
    const fd = this.#open(content.file);
    let done = 0;
    while (done < length) {
      const count = this.#readSome(fd, content, position + done, buffer, at + done, length - done);
      if (count === 0) {
        throw new TskitError(
          'store',
          `reading "${content.file}": it ends before byte ${content.offset + position + length}`,
          {
            hint: 'the file was changed after it was stored; remove it and run the same command again',
          },
        );
      }
      done += count;
    }
  }

  /** The same into a new buffer. The caller has checked that the part is sane: that much memory is taken. */
  part(content: Content, position: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    this.read(content, position, buffer, 0, length);
    return buffer;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#fds.values()) {
      closeSync(fd);
    }
    this.#fds.clear();
  }

  #open(file: string): number {
    let fd = this.#fds.get(file);
    if (fd === undefined) {
      try {
        fd = openSync(file, 'r');
      } catch (error) {
        throw storeError('reading', file, error);
      }
      this.#fds.set(file, fd);
    }
    return fd;
  }

  #readSome(
    fd: number,
    content: Extract<Content, { kind: 'range' }>,
    position: number,
    buffer: Buffer,
    at: number,
    length: number,
  ): number {
    try {
      return readSync(fd, buffer, at, length, content.offset + position);
    } catch (error) {
      throw storeError('reading', content.file, error);
    }
  }
}

/**
 * A whole content in memory, for small files that the build itself looks into (passwd, os-release).
 * @throws TskitError `size` above `limit` bytes, `store` when the file is gone.
 */
export function readContent(content: Content, limit: number): Buffer {
  const size = contentSize(content);
  if (size > limit) {
    throw new TskitError('size', `a file of ${size} bytes, expected at most ${limit}`);
  }
  const buffer = Buffer.alloc(size);
  using reader = new ContentReader();
  reader.read(content, 0, buffer, 0, size);
  return buffer;
}
