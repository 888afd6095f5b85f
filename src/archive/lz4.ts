// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

// LZ4's legacy frame, which is what Linux kernels are compressed into (lz4_Frame_format.md, "Legacy frame"; the blocks are
// those of lz4_Block_format.md). Node has no decoder for it.

/** First four bytes of a frame, little endian. */
const legacyMagic = 0x184c2102;
/** What a block unpacks to at most, and is as long as LZ4 makes it when nothing in it compresses. */
const blockLimit = 8 << 20;
const compressedLimit: number = blockLimit + Math.floor(blockLimit / 255) + 16;

const minMatch = 4;

/**
 * Streams what a legacy frame unpacks to into `write`, block by block.
 * @throws TskitError `archive` when it is damaged or ends early; what `write` throws passes through.
 */
export async function decompressLz4(
  source: AsyncIterable<Buffer>,
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const block = Buffer.allocUnsafe(blockLimit);
  const input = new ByteQueue(source);
  if ((await input.take(4))?.readUInt32LE() !== legacyMagic) throw damaged('no legacy frame');
  for (let head = await input.take(4); head !== undefined; head = await input.take(4)) {
    const size = head.readUInt32LE();
    if (size === legacyMagic) continue;
    if (size > compressedLimit) throw damaged(`a block of ${size} bytes, expected at most ${compressedLimit}`);
    const compressed = await input.take(size);
    if (compressed === undefined) throw damaged('it ends in a block');
    // A copy, since the writer may hold on to what it gets.
    await write(Buffer.from(block.subarray(0, decodeBlock(compressed, block))));
  }
}

/** Unpacks one block; @returns how many bytes of `output` it fills. */
function decodeBlock(input: Buffer, output: Buffer): number {
  let at = 0;
  let filled = 0;
  const length = (short: number): number => {
    let sum = short;
    if (short !== 15) return sum;
    for (let byte = 255; byte === 255; at += 1) {
      byte = input[at] ?? fail();
      sum += byte;
    }
    return sum;
  };
  while (at < input.length) {
    const token = input[at++] ?? 0;
    const literals = length(token >> 4);
    if (at + literals > input.length || filled + literals > output.length) fail();
    input.copy(output, filled, at, at + literals);
    at += literals;
    filled += literals;
    // The last sequence has literals only.
    if (at === input.length) break;
    const distance = at + 2 > input.length ? fail() : input.readUInt16LE(at);
    at += 2;
    const end = filled + length(token & 15) + minMatch;
    if (distance === 0 || distance > filled || end > output.length) fail();
    if (filled + distance >= end) {
      output.copyWithin(filled, filled - distance, end - distance);
      filled = end;
    }
    // A match may overlap what it makes: then bytes repeat, and must be copied one by one.
    for (; filled < end; filled += 1) output[filled] = output[filled - distance] ?? 0;
  }
  return filled;
}

function fail(): never {
  throw damaged('a block that makes no sense');
}

function damaged(found: string): TskitError {
  return new TskitError('archive', `lz4: the stream is damaged: found ${found}`);
}

/** Bytes of a stream in pieces of a wanted length. */
class ByteQueue {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the stream. Throws when it ends within the piece. */
  async take(length: number): Promise<Buffer | undefined> {
    const pieces = [this.#rest];
    let size = this.#rest.length;
    while (size < length) {
      const next = await this.#source.next();
      if (next.done === true) {
        if (size === 0) return undefined;
        throw damaged('its end in a block');
      }
      pieces.push(next.value);
      size += next.value.length;
    }
    const joined = pieces.length === 1 ? this.#rest : Buffer.concat(pieces);
    this.#rest = joined.subarray(length);
    return joined.subarray(0, length);
  }
}
