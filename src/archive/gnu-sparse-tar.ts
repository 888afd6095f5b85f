// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type DiskMap, diskChunks, runsOf, type SparseChunk } from './disk-image.ts';
import { tarEnd } from './tar-writer.ts';

// The old GNU format's sparse files (GNU tar manual, "Old GNU Format"), which sparse.ts reads: what Google Compute Engine's
// import of images asks for, `tar --format=oldgnu --sparse`. Holes are listed and not stored.

const blockSize = 512;
const entriesInHeader = 4;
const entriesInBlock = 21;

/**
 * An archive with the disk as one file, which belongs to root.
 * @throws TskitError `store` when the bytes of the disk cannot be read.
 */
export function* encodeSparseTar(map: DiskMap, name: string, epoch: number): Generator<SparseChunk> {
  const stored = [...runsOf(map)].filter(({ used }) => used).map(({ at, length }) => ({ at, length }));
  const size = map.image.size;
  // An empty run at the end says how long the file is when it ends with a hole.
  const last = stored.at(-1);
  const runs = last !== undefined && last.at + last.length === size ? stored : [...stored, { at: size, length: 0 }];
  yield header(name, epoch, size, runs);
  for (let next = entriesInHeader; next < runs.length; next += entriesInBlock) {
    const block = Buffer.alloc(blockSize);
    writeRuns(block, 0, runs.slice(next, next + entriesInBlock));
    if (next + entriesInBlock < runs.length) block[504] = 1;
    yield block;
  }
  let total = 0;
  for (const chunk of diskChunks(map)) {
    if ('zeros' in chunk) continue;
    total += chunk.length;
    yield chunk;
  }
  yield { zeros: -total & (blockSize - 1) };
  yield tarEnd;
}

interface Run {
  readonly at: number;
  readonly length: number;
}

function header(name: string, epoch: number, size: number, runs: readonly Run[]): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(name, 0, 'latin1');
  writeNumber(block, 0o644, 100, 8);
  writeNumber(block, 0, 108, 8);
  writeNumber(block, 0, 116, 8);
  writeNumber(
    block,
    runs.reduce((sum, { length }) => sum + length, 0),
    124,
    12,
  );
  writeNumber(block, epoch, 136, 12);
  block.write('S', 156, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  writeRuns(block, 386, runs.slice(0, entriesInHeader));
  if (runs.length > entriesInHeader) block[482] = 1;
  writeNumber(block, size, 483, 12);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeRuns(block: Buffer, start: number, runs: readonly Run[]): void {
  for (const [index, { at, length }] of runs.entries()) {
    writeNumber(block, at, start + 24 * index, 12);
    writeNumber(block, length, start + 24 * index + 12, 12);
  }
}

/** Octal digits and a zero byte, or from 8 GiB on the binary form that all tars know. */
function writeNumber(block: Buffer, value: number, at: number, width: number): void {
  if (value < 8 ** (width - 1)) {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
    return;
  }
  block[at] = 0x80;
  block.writeBigUInt64BE(BigInt(value), at + width - 8);
}
