// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rmSync } from 'node:fs';
import { otherLeases } from '../oci/lease.ts';
import { listCacheFiles } from './cache-files.ts';

/** The system that is worked on, what it was before, and another one. */
const kept = 3;

/**
 * Root images are as large as systems, and each change makes a new one: all but the last few that were used are removed, unless
 * another process may be about to read one. Throws `store`.
 */
export function trimRootImages(cache: string): void {
  if (otherLeases(cache).length > 0) return;
  const images = listCacheFiles(cache).filter(({ kind, path }) => kind === 'root' && path.endsWith('.img'));
  const oldest = images.toSorted((a, b) => b.lastUse - a.lastUse).slice(kept);
  for (const { path } of oldest) {
    rmSync(path.replace(/img$/, 'json'), { force: true });
    rmSync(path, { force: true });
  }
}
