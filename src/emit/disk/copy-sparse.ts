// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type FileHandle, open } from 'node:fs/promises';
import { TskitError } from '../../errors.ts';
import { throwIfInterrupted } from '../../oci/interruption.ts';
import { storeError } from '../../oci/store-error.ts';
import type { DraftFile } from '../draft-file.ts';

const chunkSize = 2 << 20;
/** What a file system can leave out. */
const blockSize = 4096;
const zeros = Buffer.alloc(blockSize);

/**
 * Copies a whole file into a draft at `offset`, a multiple of 4096. Blocks of zeros are left out: the draft reads as zeros
 * where nothing was written, and takes no space there. Node has no copy_file_range(2) for a part of a file, and what it would
 * save on file systems that share blocks is less than what the rest of a build costs.
 * @throws TskitError `store` when the file cannot be read or has fewer than `size` bytes.
 */
export async function copySparse(
  draft: DraftFile,
  offset: number,
  file: string,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  await using source = await open(file).catch((error: unknown) => {
    throw storeError('reading', file, error);
  });
  // One is read while the other is written.
  const buffers = [Buffer.allocUnsafeSlow(chunkSize), Buffer.allocUnsafeSlow(chunkSize)] as const;
  let written: Promise<void> = Promise.resolve();
  try {
    for (let done = 0, turn = 0; done < size; turn ^= 1) {
      throwIfInterrupted(signal);
      const buffer = turn === 0 ? buffers[0] : buffers[1];
      const bytesRead = await fill(source, buffer, done, Math.min(chunkSize, size - done), file);
      await written;
      written = writeData(draft, offset + done, buffer.subarray(0, bytesRead));
      // Its failure is looked at by the next turn, and until then it is nobody's.
      written.catch(() => {});
      done += bytesRead;
    }
  } finally {
    await written;
  }
}

/** Reads as much as is wanted, in one call mostly. */
async function fill(
  source: FileHandle,
  buffer: Buffer,
  position: number,
  wanted: number,
  file: string,
): Promise<number> {
  for (let done = 0; done < wanted; ) {
    const { bytesRead } = await source.read(buffer, done, wanted - done, position + done).catch((error: unknown) => {
      throw storeError('reading', file, error);
    });
    if (bytesRead === 0) {
      throw new TskitError('store', `reading "${file}": it ends at byte ${position + done}`, {
        hint: 'the file was changed after it was made; remove it and run the same command again',
      });
    }
    done += bytesRead;
  }
  return wanted;
}

async function writeData(draft: DraftFile, offset: number, chunk: Buffer): Promise<void> {
  for (const [start, end] of dataRanges(chunk)) {
    await draft.writeAt(chunk.subarray(start, end), offset + start);
  }
}

/** The ranges of a chunk that are not zeros, in whole blocks. */
export function* dataRanges(chunk: Buffer): Generator<readonly [start: number, end: number]> {
  let start = -1;
  for (let at = 0; at < chunk.length; at += blockSize) {
    const end = Math.min(at + blockSize, chunk.length);
    const isZero = chunk[at] === 0 && zeros.compare(chunk, at, end, 0, end - at) === 0;
    if (isZero && start >= 0) {
      yield [start, at];
      start = -1;
    } else if (!isZero && start < 0) {
      start = at;
    }
  }
  if (start >= 0) yield [start, chunk.length];
}
