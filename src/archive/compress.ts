// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { once } from 'node:events';
import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

/** Room for what one step of the compressor gives. */
const outputSize = 256 * 1024;
/** 2^19 is level 1's own window, and what the kernel has to allocate while it unpacks. */
const windowLog = 19;
const level = 1;

/** All that decides over the compressed bytes, for cache keys: another release of the zstd library may find other matches. */
export const zstdSettings: string = `zstd ${process.versions['zstd'] ?? 'unknown'} level ${level} window ${windowLog}`;

/**
 * Compresses chunks into one zstd frame, the same bytes always into the same frame: level 1, which costs a quarter of
 * gzip -1's CPU, and no checksum, which the kernel does not look at. While a chunk is being compressed the next one is made:
 * `chunks` must leave a chunk alone until the one after the next is asked for.
 * @param write is given the frame piece by piece; the compressor waits for it.
 */
export async function compressZstd(chunks: Iterable<Buffer>, write: (piece: Buffer) => Promise<void>): Promise<void> {
  const encoder = createZstdCompress({
    chunkSize: outputSize,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: windowLog,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
  });
  const pieces: Buffer[] = [];
  encoder.on('data', (piece: Buffer) => pieces.push(piece));
  const writePieces = async (): Promise<void> => {
    for (const piece of pieces.splice(0)) {
      await write(piece);
    }
  };
  try {
    let compressing = Promise.resolve();
    for (const chunk of chunks) {
      await compressing;
      compressing = compress(encoder, chunk);
      await writePieces();
    }
    await compressing;
    const ended = once(encoder, 'end');
    encoder.end();
    await ended;
    await writePieces();
  } finally {
    encoder.destroy();
  }
}

function compress(encoder: ZstdCompress, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    encoder.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
