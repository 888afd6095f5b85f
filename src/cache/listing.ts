// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatPlatform } from '../oci/platform.ts';
import { openStore } from '../oci/store.ts';
import { basename } from 'node:path';
import { type CacheFile, type CacheKind, listCacheFiles } from './cache-files.ts';
import type { Freed } from './clean.ts';
import { listImages, reachableBlobs } from './stored-images.ts';

/** What `cache ls --json` prints; sizes in bytes, times as ISO 8601. */
export interface CacheListing {
  readonly cache: string;
  readonly images: readonly ListedImage[];
  readonly layers: readonly ListedFile[];
  readonly segments: readonly ListedFile[];
  readonly rootImages: readonly ListedFile[];
  /** Blobs that no image needs, in bytes. */
  readonly unreferenced: number;
  /** Debian's package lists and the packages that recipes were made of, in bytes; only `clean --all` frees them. */
  readonly packages: number;
  /** Everything together, in bytes. */
  readonly total: number;
}

export interface ListedImage {
  readonly reference: string;
  /** Of what the reference names: a manifest or an index. */
  readonly digest: string;
  readonly platforms: readonly { readonly platform: string; readonly digest: string; readonly size: number }[];
}

export interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly lastUse: string;
}

const kindNames: Readonly<Record<CacheKind, string>> = {
  blob: 'blobs',
  layer: 'spooled layers',
  segment: 'segments',
  root: 'root images',
  fact: 'facts',
  apt: 'package lists and packages',
  code: 'compiled code',
  temporary: 'unfinished files',
};

/** Looks through a cache. Throws `store`. */
export async function listCache(cache: string, signal: AbortSignal): Promise<CacheListing> {
  const store = await openStore(cache, signal);
  const files = listCacheFiles(cache);
  const reachable = reachableBlobs(store);
  const images = listImages(store).map(({ reference, digest, images }) => ({
    reference,
    digest,
    platforms: images.map((image) => ({ ...image, platform: formatPlatform(image.platform) })),
  }));
  return {
    cache,
    images,
    layers: ofKind(files, 'layer'),
    segments: ofKind(files, 'segment').filter(({ name }) => name.endsWith('.zst')),
    rootImages: ofKind(files, 'root').filter(({ name }) => name.endsWith('.img')),
    unreferenced: sum(files.filter(({ kind, path }) => kind === 'blob' && !reachable.has(basename(path)))),
    packages: sum(files.filter(({ kind }) => kind === 'apt')),
    total: sum(files),
  };
}

/** The listing for people: one line an image and platform, one a segment, then sums. */
export function formatListing(listing: CacheListing): readonly string[] {
  const images = listing.images.flatMap(({ reference, digest, platforms }) =>
    platforms.length === 0
      ? [[reference, 'incomplete', digest.slice(0, 19), '']]
      : platforms.map((image) => [reference, image.platform, image.digest.slice(0, 19), formatSize(image.size)]),
  );
  const segments = listing.segments.map(({ name, size, lastUse }) => [
    name.slice(0, 19),
    lastUse.slice(0, 10),
    formatSize(size),
  ]);
  return [
    ...table(['IMAGE', 'PLATFORM', 'DIGEST', 'SIZE'], images),
    ...(segments.length === 0 ? [] : ['', ...table(['SEGMENT', 'LAST USE', 'SIZE'], segments)]),
    '',
    `spooled layers: ${listing.layers.length}, ${formatSize(sum(listing.layers))}`,
    `segments: ${listing.segments.length}, ${formatSize(sum(listing.segments))}`,
    `root images: ${listing.rootImages.length}, ${formatSize(sum(listing.rootImages))}`,
    `blobs that no image needs: ${formatSize(listing.unreferenced)}`,
    `${kindNames.apt}: ${formatSize(listing.packages)}`,
    `total: ${formatSize(listing.total)} in "${listing.cache}"`,
  ];
}

/** What a clean freed, or would free, for people. */
export function formatFreed(freed: readonly Freed[], dryRun: boolean): readonly string[] {
  const verb = dryRun ? 'would free' : 'freed';
  const rows = freed.map(({ kind, files, bytes }) => `${kindNames[kind]}: ${files}, ${formatSize(bytes)}`);
  return [...rows, `${verb} ${formatSize(freed.reduce((total, { bytes }) => total + bytes, 0))}`];
}

function ofKind(files: readonly CacheFile[], kind: CacheKind): readonly ListedFile[] {
  return files
    .filter((file) => file.kind === kind)
    .map(({ path, size, lastUse }) => ({ name: basename(path), size, lastUse: new Date(lastUse).toISOString() }));
}

function sum(files: readonly { readonly size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}

function formatSize(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Columns as wide as their widest cell; nothing at all without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) {
    return ['no images'];
  }
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
