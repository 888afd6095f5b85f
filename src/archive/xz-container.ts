// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { crc32 } from 'node:zlib';
import { TskitError } from '../errors.ts';

// The .xz file format 1.2.0, as far as it takes to have a block decoded by a decoder that knows LZMA2 only.

const streamMagic = Buffer.from('fd377a585a00', 'hex');
const headerSize = 12;
const footerSize = 12;
const lzma2 = 0x21;
const x86 = 0x04;
/** Checks that can be verified here, and their sizes. */
const checkSizes: Readonly<Record<number, number>> = { 0: 0, 1: 4 };

/** One block whose data was filtered as x86 code, in a stream of its own. */
export interface FilteredBlock {
  /** Where its compressed data is in the stream. */
  readonly start: number;
  readonly length: number;
  /** What makes another stream of the compressed data, which unpacks to the data before the filter is undone. */
  readonly head: Buffer;
  readonly tail: Buffer;
  /** Of the data after the filter is undone. */
  readonly crc32: number | undefined;
}

/**
 * The only block of a stream, when x86's filter is in it; undefined for any other stream, which a decoder takes as it is.
 * `read` gives bytes of the stream, of `size` bytes.
 * @throws TskitError `archive` for a stream with this filter that is damaged or of several blocks.
 */
export function x86Block(size: number, read: (offset: number, length: number) => Buffer): FilteredBlock | undefined {
  if (size < 2 * headerSize + footerSize) return undefined;
  const start = read(0, headerSize + 1);
  if (!start.subarray(0, 6).equals(streamMagic)) return undefined;
  const blockHeader = read(headerSize, Math.min((start.readUInt8(headerSize) + 1) * 4, size - headerSize));
  const filters = filtersOf(blockHeader);
  const [first, second] = filters;
  if (first?.id !== x86) return undefined;
  if (second?.id !== lzma2 || filters.length !== 2 || first.properties.length !== 0) throw unusual('other filters');
  const check = start.readUInt8(7) & 0x0f;
  const checkSize = checkSizes[check];
  if (checkSize === undefined) throw unusual(`a check of type ${check}`);
  const { unpaddedSize, dataSize } = onlyRecord(size, read);
  const length = unpaddedSize - blockHeader.length - checkSize;
  const begin = headerSize + blockHeader.length;
  // Both headers are multiples of four, so that the padding between data and check makes the data one.
  const aligned = begin + Math.ceil(length / 4) * 4;
  if (length <= 0 || aligned + checkSize > size) throw unusual('sizes that cannot be');
  return {
    start: begin,
    length,
    ...frameOf(length, dataSize, second.properties.readUInt8(0)),
    crc32: check === 1 ? read(aligned, 4).readUInt32LE() : undefined,
  };
}

/** A stream without check around LZMA2 data of `length` bytes. */
function frameOf(length: number, dataSize: number, dictionary: number): { head: Buffer; tail: Buffer } {
  const flags = Buffer.alloc(2);
  const header = withCrc(Buffer.from([2, 0, lzma2, 1, dictionary, 0, 0, 0]));
  const record = [0, 1, ...variable(header.length + length), ...variable(dataSize)];
  const index = withCrc(Buffer.concat([Buffer.from(record), Buffer.alloc(-record.length & 3)]));
  const backward = Buffer.alloc(4);
  backward.writeUInt32LE(index.length / 4 - 1);
  const footer = Buffer.concat([crcOf(Buffer.concat([backward, flags])), backward, flags, Buffer.from('YZ')]);
  return {
    head: Buffer.concat([streamMagic, withCrc(flags), header]),
    tail: Buffer.concat([Buffer.alloc(-length & 3), index, footer]),
  };
}

interface Filter {
  readonly id: number;
  readonly properties: Buffer;
}

function filtersOf(header: Buffer): readonly Filter[] {
  const flags = header.readUInt8(1);
  const reader = new Reader(header.subarray(0, -4), 2);
  if ((flags & 0x40) !== 0) reader.variable();
  if ((flags & 0x80) !== 0) reader.variable();
  return Array.from({ length: (flags & 3) + 1 }, () => {
    const id = reader.variable();
    return { id, properties: reader.bytes(reader.variable()) };
  });
}

/** What the index at the end says of the only block. */
function onlyRecord(
  size: number,
  read: (offset: number, length: number) => Buffer,
): { unpaddedSize: number; dataSize: number } {
  const footer = read(size - footerSize, footerSize);
  if (footer.toString('latin1', 10) !== 'YZ') throw unusual('no end of the stream');
  const indexSize = (footer.readUInt32LE(4) + 1) * 4;
  if (indexSize > size - footerSize) throw unusual('an index that is too long');
  const reader = new Reader(read(size - footerSize - indexSize, Math.min(indexSize, 64)), 1);
  const count = reader.variable();
  if (count !== 1) throw unusual(`${count} blocks`);
  return { unpaddedSize: reader.variable(), dataSize: reader.variable() };
}

class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** A multibyte integer (1.2): seven bits a byte, the lowest first. */
  variable(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.bytes(1).readUInt8();
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value;
    }
    throw unusual('a number that is too long');
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw unusual('a header that ends early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function variable(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...variable(Math.floor(value / 0x80))];
}

function crcOf(bytes: Buffer): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(bytes));
  return crc;
}

function withCrc(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, crcOf(bytes)]);
}

function unusual(found: string): TskitError {
  return new TskitError('archive', `xz: expected one block of x86 code, found ${found}`);
}
