// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rm } from 'node:fs/promises';
import { lockForCleaning, otherLeases } from '../oci/lease.ts';
import { storeError } from '../oci/store-error.ts';
import { type CacheFile, listFilesOfKind } from './cache-files.ts';

/** The system that is worked on, what it was before, and another one. */
const kept = 3;

/**
 * Makes room for a new root image: they are as large as systems, and each change makes one, so that but for the last few that were
 * used all are removed, unless another process may be about to read one. Throws `store`, `interrupted`.
 */
export async function trimRootImages(cache: string, signal: AbortSignal): Promise<void> {
  if (leastUsed(cache).length === 0) return;
  // A build that begins now waits, and does not find what is about to go.
  using _lock = await lockForCleaning(cache, signal);
  if (otherLeases(cache).length > 0) return;
  for (const { path } of leastUsed(cache)) {
    try {
      await rm(path.replace(/img$/, 'json'), { force: true });
      await rm(path, { force: true });
    } catch (error) {
      throw storeError('removing', path, error);
    }
  }
}

function leastUsed(cache: string): readonly CacheFile[] {
  const images = listFilesOfKind(cache, 'root').filter(({ path }) => path.endsWith('.img'));
  return images.toSorted((a, b) => b.lastUse - a.lastUse).slice(kept - 1);
}
