// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import { TskitError } from '../../errors.ts';
import { throwIfInterrupted } from '../../oci/interruption.ts';
import { storeError } from '../../oci/store-error.ts';
import type { DraftFile } from '../draft-file.ts';

const chunkSize = 4 << 20;
/** What a file system can leave out. */
const blockSize = 4096;
const zeros = Buffer.alloc(blockSize);

/**
 * Copies a whole file into a draft at `offset`, a multiple of 4096. Blocks of zeros are left out: the draft reads as zeros
 * where nothing was written, and takes no space there. Node has no copy_file_range(2) for a part of a file, and what it would
 * save on file systems that share blocks is less than what the rest of a build costs.
 * @throws TskitError `store` when the file cannot be read or has another size than `size`.
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
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, Math.max(size, 1)));
  for (let done = 0; done < size; ) {
    throwIfInterrupted(signal);
    const wanted = Math.min(buffer.length, size - done);
    const { bytesRead } = await source.read(buffer, 0, wanted, done).catch((error: unknown) => {
      throw storeError('reading', file, error);
    });
    if (bytesRead === 0) {
      throw new TskitError('store', `reading "${file}": it ends at byte ${done}, expected ${size}`);
    }
    for (const [start, end] of dataRanges(buffer.subarray(0, bytesRead))) {
      await draft.writeAt(buffer.subarray(start, end), offset + done + start);
    }
    done += bytesRead;
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
