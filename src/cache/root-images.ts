// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rm } from 'node:fs/promises';
import { otherLeases } from '../oci/lease.ts';
import { storeError } from '../oci/store-error.ts';
import { listFilesOfKind } from './cache-files.ts';

/** The system that is worked on, what it was before, and another one. */
const kept = 3;

/**
 * Makes room for a new root image: they are as large as systems, and each change makes one, so that but for the last few that were
 * used all are removed, unless another process may be about to read one. Throws `store`.
 */
export async function trimRootImages(cache: string): Promise<void> {
  if (otherLeases(cache).length > 0) return;
  const images = listFilesOfKind(cache, 'root').filter(({ path }) => path.endsWith('.img'));
  const oldest = images.toSorted((a, b) => b.lastUse - a.lastUse).slice(kept - 1);
  for (const { path } of oldest) {
    try {
      await rm(path.replace(/img$/, 'json'), { force: true });
      await rm(path, { force: true });
    } catch (error) {
      throw storeError('removing', path, error);
    }
  }
}
