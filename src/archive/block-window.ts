// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readSync } from 'node:fs';
import { blockSize, tarError } from './tar-header.ts';

/** Long names and extended headers are read into memory, so their declared size must be sane. */
const maxExtension = 1 << 20;
/** Most files are smaller, so that several headers come with one read; the contents of larger ones are skipped. */
const windowSize = 64 * 1024;

/** A buffer over a moving part of the archive. */
export class BlockWindow {
  readonly #buffer = Buffer.allocUnsafeSlow(windowSize);
  readonly #fd: number;
  readonly #size: number;
  #start = 0;
  #length = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** The block at `offset`; valid until the next call. */
  block(offset: number): Buffer {
    const from = offset - this.#start;
    if (from < 0 || from + blockSize > this.#length) {
      this.#start = offset;
      this.#length = readFully(this.#fd, this.#buffer, offset);
      if (this.#length < blockSize) {
        throw tarError(offset, `the archive ends in the middle of a block, after ${this.#size} bytes`);
      }
      return this.#buffer.subarray(0, blockSize);
    }
    return this.#buffer.subarray(from, from + blockSize);
  }

  /** The content of an extension entry, copied. */
  body(offset: number, size: number, at: number): Buffer {
    if (size < 0 || size > maxExtension) {
      throw tarError(at, `an extended header of ${size} bytes, expected at most ${maxExtension}`);
    }
    const body = Buffer.alloc(size);
    if (readFully(this.#fd, body, offset) < size) {
      throw tarError(at, `the archive ends in an extended header, after ${this.#size} bytes`);
    }
    return body;
  }
}

function readFully(fd: number, buffer: Buffer, position: number): number {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(fd, buffer, done, buffer.length - done, position + done);
    if (count === 0) {
      break;
    }
    done += count;
  }
  return done;
}
