// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Run } from './node-tree.ts';

const placeSize = 4;
/** What a chunk's format has place for. */
const maxBits = 31;

/** Bytes that the places of a file's chunks take behind its inode. */
export function chunksSize(runs: readonly Run[]): number {
  const size = 2 ** chunkBits(runs);
  return runs.reduce((sum, { blocks }) => sum + Math.ceil(blocks / size), 0) * placeSize;
}

/**
 * The first block of each chunk. Chunks are as large as they can be without one that is in two runs: fewer of them are less to look
 * up.
 */
export function encodeChunks(runs: readonly Run[]): Buffer {
  const size = 2 ** chunkBits(runs);
  const places = Buffer.alloc(chunksSize(runs));
  let at = 0;
  for (const { start, blocks } of runs) {
    for (let done = 0; done < blocks; done += size) {
      at = places.writeUInt32LE(start + done, at);
    }
  }
  return places;
}

/** What an inode says of its chunks: how many bits a block number within one has, and that places are plain block numbers. */
export function chunkFormat(runs: readonly Run[]): number {
  return chunkBits(runs);
}

/** All runs but the last are whole chunks. */
function chunkBits(runs: readonly Run[]): number {
  const total = runs.reduce((sum, { blocks }) => sum + blocks, 0);
  let bits = Math.min(maxBits, Math.ceil(Math.log2(total)));
  for (const { blocks } of runs.slice(0, -1)) {
    while (bits > 0 && blocks % 2 ** bits !== 0) bits -= 1;
  }
  return bits;
}
