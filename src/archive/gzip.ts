// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import type { SparseChunk } from './disk-image.ts';
import { inOrder } from './in-order.ts';

/** What is compressed at a time, by itself: larger pieces no longer save anything. */
const pieceSize = 1 << 20;
const concurrency = 4;
const level = 1;
/** No name, no time, and no word of the system that it was made on (RFC 1952, 2.3). */
const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty block that is the last. */
const lastBlock = Buffer.from([3, 0]);
const deflate = promisify(deflateRaw) as (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

/**
 * One gzip member with the chunks, pieces of it compressed at the same time: each ends at a byte's boundary and refers to none
 * before it.
 */
export async function* gzip(chunks: Iterable<SparseChunk>): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  const pieces = function* (): Generator<Buffer> {
    for (const piece of piecesOf(chunks)) {
      crc = crc32(piece, crc);
      size += piece.length;
      yield piece;
    }
  };
  yield head;
  yield* inOrder(pieces(), concurrency, (piece) => deflate(piece, { level, finishFlush: constants.Z_SYNC_FLUSH }));
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(size % 2 ** 32, 4);
  yield lastBlock;
  yield tail;
}

/** The chunks cut anew, in buffers of their own. */
function* piecesOf(chunks: Iterable<SparseChunk>): Generator<Buffer> {
  let piece = Buffer.alloc(pieceSize);
  let used = 0;
  for (const chunk of chunks) {
    const length = 'zeros' in chunk ? chunk.zeros : chunk.length;
    for (let done = 0; done < length; ) {
      const count = Math.min(pieceSize - used, length - done);
      if (!('zeros' in chunk)) piece.set(chunk.subarray(done, done + count), used);
      done += count;
      used += count;
      if (used < pieceSize) continue;
      yield piece;
      piece = Buffer.alloc(pieceSize);
      used = 0;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}
