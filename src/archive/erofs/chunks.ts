// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Run } from './node-tree.ts';

/** What a chunk's format has place for. */
const maxBits = 31;

/**
 * The first block of each chunk, undefined for a hole. Chunks are as large as they can be without one that is in two runs: fewer
 * of them are less to look up.
 */
export function chunkStarts(runs: readonly Run[]): (number | undefined)[] {
  const size = 2 ** chunkBits(runs);
  return runs.flatMap(({ start, blocks }) =>
    Array.from({ length: Math.ceil(blocks / size) }, (_, index) =>
      start === undefined ? start : start + index * size,
    ),
  );
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
