// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf, storeError } from '../oci/store-error.ts';

/**
 * What a file of the cache is for. `layer`: an uncompressed layer or file, spooled; `segment`: a compiled part of an initramfs;
 * `root`: a root image, with a small record beside it; `code`: tskit's own functions, compiled;
 * `fact`: something small that was learned from an image; `apt`: package lists and packages; `temporary`: what a process is writing,
 * or left when it was killed.
 */
export type CacheKind = 'blob' | 'layer' | 'segment' | 'root' | 'fact' | 'apt' | 'code' | 'temporary';

export interface CacheFile {
  readonly kind: CacheKind;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch: last read or written. File systems note reads a day late (mount(8), relatime). */
  readonly lastUse: number;
}

const folders: Readonly<Record<Exclude<CacheKind, 'temporary'>, string>> = {
  blob: 'oci/blobs/sha256',
  layer: 'diff',
  segment: 'segments',
  root: 'root',
  fact: 'facts',
  apt: 'apt',
  code: 'code',
};

/** Every file of a cache but the ones that describe the store. Throws `store`. */
export function listCacheFiles(cache: string): readonly CacheFile[] {
  const kinds = Object.keys(folders) as (keyof typeof folders)[];
  return [
    ...kinds.flatMap((kind) => listFilesOfKind(cache, kind)),
    ...listFolder(join(cache, 'tmp')).flatMap((path) => describe('temporary', path)),
    ...listFolder(join(cache, 'oci'))
      .filter(isLeftover)
      .flatMap((path) => describe('temporary', path)),
  ];
}

/** Those of one kind, in the order of their names, with unfinished ones among them. Throws `store`. */
export function listFilesOfKind(cache: string, kind: Exclude<CacheKind, 'temporary'>): readonly CacheFile[] {
  return listFolder(join(cache, folders[kind])).flatMap((path) => describe(kind, path));
}

/** What a process that was killed while it changed index.json leaves beside it. */
function isLeftover(path: string): boolean {
  return /^(?:index\.json|oci-layout)\.(?:\d+\.tmp|lock\..+)$/.test(basename(path));
}

/** Every file below a folder. */
function listFolder(folder: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return [];
    }
    throw storeError('listing', folder, error);
  }
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Nothing for a file that another process has removed meanwhile. */
function describe(kind: CacheKind, path: string): readonly CacheFile[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    return [];
  }
  const isTemporary = /\.(?:\d+\.tmp|partial|lock)$/.test(basename(path));
  const lastUse = Math.max(stat.atimeMs, stat.mtimeMs);
  return [{ kind: isTemporary ? 'temporary' : kind, path, size: stat.size, lastUse }];
}
