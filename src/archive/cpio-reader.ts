// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Bytes, textOf } from '../file-tree.ts';

// The newc format (cpio(5), "New ASCII Format"), read piece by piece as it comes out of a decompressor. cpio-stream has an
// event and a stream for each file and makes text of names; here names stay bytes and a content costs no more than its chunks.

const headerSize = 110;
const trailer = 'TRAILER!!!';
/** PATH_MAX: the kernel skips longer names. */
const maxName = 4096;

/** An entry's header. */
export interface CpioHeader {
  readonly path: Bytes;
  /** With the bits of the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly ino: number;
  readonly nlink: number;
  readonly major: number;
  readonly minor: number;
}

/** What is done with the entries of an archive. */
export interface CpioSink {
  /** Returns what takes the content piece by piece; undefined when nobody wants it. */
  entry(header: CpioHeader): ((chunk: Buffer) => void) | undefined;
  /** The content of the last entry is complete. */
  end(): void;
  /** An archive is complete: hard links do not reach beyond it. */
  archiveEnd(): void;
}

/** Reads any number of archives one behind the other, with zeros between them, as the kernel does. */
export class CpioReader {
  readonly #sink: CpioSink;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the whole stream so far: headers and contents start at multiples of four. */
  #position = 0;
  #left = 0;
  #take: ((chunk: Buffer) => void) | undefined;
  #inside = false;

  constructor(sink: CpioSink) {
    this.#sink = sink;
  }

  /** Whether the next byte begins an archive. */
  get atRest(): boolean {
    return !this.#inside && this.#pending.length === 0;
  }

  /**
   * Takes the next piece.
   * @param single stops behind the archive's end, where something else may begin.
   * @returns how many bytes at the end of the piece it had no use for.
   * @throws TskitError `archive` for what is no newc archive.
   */
  push(chunk: Buffer, single = false): number {
    let data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (data.length > 0) {
      const wasInside = this.#inside;
      const used = this.#left > 0 ? this.#content(data) : this.#header(data);
      if (used === 0) {
        // Copied, since the decompressor may use its buffer again.
        this.#pending = Buffer.from(data);
        return 0;
      }
      this.#position += used;
      data = data.subarray(used);
      if (single && wasInside && !this.#inside) return data.length;
    }
    return 0;
  }

  /** @throws TskitError `archive` when an archive is not complete. */
  finish(): void {
    if (!this.atRest) throw new TskitError('archive', 'cpio: the archive ends in the middle of an entry');
  }

  #content(data: Buffer): number {
    const count = Math.min(this.#left, data.length);
    this.#take?.(data.subarray(0, count));
    this.#left -= count;
    if (this.#left === 0) this.#sink.end();
    return count;
  }

  #header(data: Buffer): number {
    const padding = this.#inside ? -this.#position & 3 : 0;
    if (padding > 0) return Math.min(padding, data.length);
    if (!this.#inside) {
      this.#position = 0;
      if (data[0] === 0) return zeros(data);
    }
    if (data.length < headerSize) return 0;
    const field = (index: number): number => hexField(data, 6 + index * 8);
    const magic = data.toString('latin1', 0, 6);
    if (magic !== '070701' && magic !== '070702') {
      throw new TskitError('archive', `cpio: expected a newc header, found ${JSON.stringify(magic)}`);
    }
    const nameSize = field(11);
    if (nameSize < 1 || nameSize > maxName) throw new TskitError('archive', `cpio: a name of ${nameSize} bytes`);
    const size = headerSize + nameSize;
    if (data.length < size) return 0;
    const path = data.toString('latin1', headerSize, size - 1) as Bytes;
    // Behind the last entry of a file there need be no padding.
    const padded = path === trailer ? size : size + (-(this.#position + size) & 3);
    if (data.length < padded) return 0;
    this.#begin(path, field);
    return padded;
  }

  #begin(path: Bytes, field: (index: number) => number): void {
    this.#inside = path !== trailer;
    if (!this.#inside) {
      this.#sink.archiveEnd();
      return;
    }
    const [ino, mode, uid, gid, nlink, mtime, size] = [0, 1, 2, 3, 4, 5, 6].map(field) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const header = { path, ino, mode, uid, gid, nlink, mtime, size, major: field(9), minor: field(10) };
    this.#take = this.#sink.entry(header);
    this.#left = size;
    if (size === 0) this.#sink.end();
  }
}

function zeros(data: Buffer): number {
  let count = 1;
  while (count < data.length && data[count] === 0) count += 1;
  return count;
}

function hexField(data: Buffer, at: number): number {
  const text = data.toString('latin1', at, at + 8);
  if (!/^[0-9A-Fa-f]{8}$/.test(text)) {
    throw new TskitError(
      'archive',
      `cpio: expected a number of eight hex digits, found ${JSON.stringify(textOf(text))}`,
    );
  }
  return Number.parseInt(text, 16);
}
