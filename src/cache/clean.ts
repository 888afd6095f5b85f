// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { TskitError } from '../errors.ts';
import { lockForCleaning, otherLeases } from '../oci/lease.ts';
import { openStore, type Store } from '../oci/store.ts';
import { storeError } from '../oci/store-error.ts';
import { type CacheFile, type CacheKind, listCacheFiles } from './cache-files.ts';
import { reachableBlobs } from './stored-images.ts';

export interface CleanOptions {
  /** Images and package lists too, which can be had again only over the network. */
  readonly all: boolean;
  /** Only what was not used for so many days. */
  readonly unusedDays?: number;
  /** Removes nothing. */
  readonly dryRun: boolean;
}

export interface Freed {
  readonly kind: CacheKind;
  readonly files: number;
  readonly bytes: number;
}

const dayMs = 24 * 3600 * 1000;

/**
 * Frees what can be made again from the images: spooled layers, segments, facts, blobs that no reference leads to, and what
 * killed processes left; with `all`, everything. Refuses while another process uses the cache, and lets none begin
 * meanwhile. Returns what was (or would be) freed, by kind. Throws `store`.
 */
export async function cleanCache(cache: string, options: CleanOptions, signal: AbortSignal): Promise<readonly Freed[]> {
  if (options.dryRun) {
    return summarize(removable(listCacheFiles(cache), await openStore(cache, signal), options));
  }
  // The lease first: openStore waits for the lock, which this process is about to hold.
  await openStore(cache, signal);
  using _lock = await lockForCleaning(cache, signal);
  refuseWhileUsed(cache);
  const store = await openStore(cache, signal);
  const files = removable(listCacheFiles(cache), store, options);
  if (options.all) {
    await store.untag(new Set(store.references().map(({ reference }) => reference)));
  }
  for (const { path } of files) {
    remove(path);
  }
  return summarize(files);
}

function refuseWhileUsed(cache: string): void {
  const others = otherLeases(cache);
  if (others.length > 0) {
    throw new TskitError(
      'store',
      `cleaning "${cache}": expected nobody else to use it, found process ${others.join(', ')}`,
      {
        hint: 'wait until the other tskit has ended',
      },
    );
  }
}

function removable(files: readonly CacheFile[], store: Store, options: CleanOptions): readonly CacheFile[] {
  const needed = options.all ? new Set<string>() : reachableBlobs(store);
  const usedBefore = options.unusedDays === undefined ? Infinity : Date.now() - options.unusedDays * dayMs;
  return files.filter(
    (file) =>
      file.lastUse < usedBefore &&
      (options.all || file.kind !== 'apt') &&
      !(file.kind === 'blob' && needed.has(basename(file.path))),
  );
}

function summarize(files: readonly CacheFile[]): readonly Freed[] {
  const kinds = [...new Set(files.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const same = files.filter((file) => file.kind === kind);
    return { kind, files: same.length, bytes: same.reduce((sum, { size }) => sum + size, 0) };
  });
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw storeError('removing', path, error);
  }
}
