// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

// RFC 8878, section 3.1: what says where a frame ends.
const frameMagic = 0xfd2fb528;
const firstSkippableMagic = 0x184d2a50;
const lastSkippableMagic = 0x184d2a5f;
const dictionaryIdSizes = [0, 1, 2, 4] as const;
const contentSizeSizes = [0, 2, 4, 8] as const;
const rleBlock = 1;
const reservedBlock = 3;

/**
 * Cuts a zstd stream so that no chunk reaches across the end of a frame. Node's decompressor takes the rest of a chunk
 * behind a frame for trailing garbage and drops it without an error, but layers do come in many frames: zstd:chunked has one
 * for each file, pzstd one for each thread.
 * @throws TskitError `archive` when the stream is truncated or is not zstd.
 */
export async function* splitZstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const scanner = new FrameScanner();
  for await (const chunk of source) {
    yield* scanner.cut(chunk);
  }
  scanner.finish();
}

/** Which header is read next; `end` when a frame is complete as soon as `#skip` bytes are passed. */
type Step = 'frame' | 'skippable' | 'block' | 'end';
const headerSizes = { frame: 5, skippable: 8, block: 3 } as const;

class FrameScanner {
  #step: Step = 'frame';
  /** Bytes of the header that is being read, which may come in several chunks. */
  readonly #header = Buffer.alloc(8);
  #filled = 0;
  /** Bytes to pass without a look. */
  #skip = 0;
  #hasChecksum = false;

  *cut(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - at);
        this.#skip -= count;
        at += count;
      } else {
        this.#take(chunk[at] ?? 0);
        at += 1;
      }
      if (this.#step === 'end' && this.#skip === 0) {
        yield chunk.subarray(start, at);
        start = at;
        this.#begin('frame');
      }
    }
    if (start < chunk.length) {
      yield chunk.subarray(start);
    }
  }

  finish(): void {
    if (this.#step !== 'frame' || this.#filled > 0) {
      throw new TskitError('archive', 'zstd: the stream ends in the middle of a frame');
    }
  }

  #begin(step: Step): void {
    this.#step = step;
    this.#filled = 0;
  }

  #take(byte: number): void {
    this.#header[this.#filled] = byte;
    this.#filled += 1;
    if (this.#step === 'end' || this.#filled < headerSizes[this.#step]) {
      return;
    }
    if (this.#step === 'frame') {
      this.#readFrameHeader();
    } else if (this.#step === 'skippable') {
      this.#skip = this.#header.readUInt32LE(4);
      this.#begin('end');
    } else {
      this.#readBlockHeader();
    }
  }

  #readFrameHeader(): void {
    const magic = this.#header.readUInt32LE(0);
    if (magic >= firstSkippableMagic && magic <= lastSkippableMagic) {
      this.#step = 'skippable';
      return;
    }
    if (magic !== frameMagic) {
      throw new TskitError('archive', `zstd: expected a frame, found the bytes ${this.#header.toString('hex', 0, 4)}`);
    }
    const descriptor = this.#header[4] ?? 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    this.#skip = frameHeaderRest(descriptor);
    this.#begin('block');
  }

  #readBlockHeader(): void {
    const header = this.#header.readUIntLE(0, 3);
    const isLast = (header & 1) === 1;
    this.#skip = blockSize(header) + (isLast && this.#hasChecksum ? 4 : 0);
    this.#begin(isLast ? 'end' : 'block');
  }
}

/** Bytes of a frame's header behind its descriptor. */
function frameHeaderRest(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = (descriptor >> 6) as 0 | 1 | 2 | 3;
  const contentSize = isSingleSegment && sizeFlag === 0 ? 1 : contentSizeSizes[sizeFlag];
  return (isSingleSegment ? 0 : 1) + dictionaryIdSizes[(descriptor & 3) as 0 | 1 | 2 | 3] + contentSize;
}

/** Bytes of a block behind its header. */
function blockSize(header: number): number {
  const type = (header >> 1) & 3;
  if (type === reservedBlock) throw new TskitError('archive', 'zstd: a block of the reserved type');
  return type === rleBlock ? 1 : header >> 3;
}

/**
 * Where the frame that begins at `start` ends. `read` gives bytes of the file, fewer at its end.
 * @throws TskitError `archive` when the file ends before, or there is no frame.
 */
export function zstdFrameEnd(read: (offset: number, length: number) => Buffer, start: number): number {
  const bytes = (offset: number, length: number): Buffer => {
    const found = read(offset, length);
    if (found.length < length) throw new TskitError('archive', 'zstd: the stream ends in the middle of a frame');
    return found;
  };
  const header = bytes(start, 5);
  const magic = header.readUInt32LE(0);
  if (magic >= firstSkippableMagic && magic <= lastSkippableMagic) {
    return start + 8 + bytes(start + 4, 4).readUInt32LE(0);
  }
  if (magic !== frameMagic) {
    throw new TskitError('archive', `zstd: expected a frame, found the bytes ${header.toString('hex', 0, 4)}`);
  }
  const descriptor = header[4] ?? 0;
  let at = start + 5 + frameHeaderRest(descriptor);
  for (;;) {
    const block = bytes(at, 3).readUIntLE(0, 3);
    at += 3 + blockSize(block);
    if ((block & 1) === 1) return at + ((descriptor & 0x04) === 0 ? 0 : 4);
  }
}
