// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanCache } from '../../../src/cache/clean.ts';
import { forgetImages } from '../../../src/cache/forget.ts';
import { formatFreed, formatListing, listCache } from '../../../src/cache/listing.ts';
import { openStore, type Store } from '../../../src/oci/store.ts';
import { type Descriptor, mediaTypes } from '../../../src/oci/types.ts';

const signal = new AbortController().signal;
const keepImages = { all: false, dryRun: false };
let cache: string;
let store: Store;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'tskit-cache-'));
  store = await openStore(cache, signal);
});

afterEach(() => rmSync(cache, { recursive: true, force: true }));

async function addImage(reference: string, architecture: string, layer: string): Promise<Descriptor> {
  const stored = await store.writeBlob([Buffer.from(layer)], mediaTypes.ociLayer);
  const rootfs = { type: 'layers', diff_ids: [stored.digest] };
  const config = await store.writeJson({ architecture, os: 'linux', rootfs }, mediaTypes.ociConfig);
  const manifest = await store.writeJson({ schemaVersion: 2, config, layers: [stored] }, mediaTypes.ociManifest);
  await store.tag(reference, manifest);
  return manifest;
}

function put(name: string, size: number, ageDays = 0): string {
  const path = join(cache, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.alloc(size));
  const time = Date.now() / 1000 - ageDays * 24 * 3600;
  utimesSync(path, time, time);
  return path;
}

describe('cache ls', () => {
  it('shows images by platform, layers, segments and what nothing needs', async () => {
    const amd = await addImage('localhost/web:1', 'amd64', 'amd');
    const arm = await addImage('localhost/arm:1', 'arm64', 'arm');
    const manifests = [amd, { ...arm, platform: { os: 'linux', architecture: 'arm64' } }];
    const missing = { mediaType: mediaTypes.ociManifest, digest: `sha256:${'9'.repeat(64)}`, size: 5 };
    const index = await store.writeJson({ schemaVersion: 2, manifests: [...manifests, missing] }, mediaTypes.ociIndex);
    await store.tag('localhost/multi:1', index);
    const orphan = await store.writeBlob([Buffer.alloc(2000)], mediaTypes.ociLayer);
    put('diff/sha256/abc', 1000);
    put('segments/s1.zst', 3000);
    put('segments/s1.json', 10);
    put('root/r1.img', 4096);
    put('root/r1.json', 10);
    put('apt/archives/x.deb', 4096);
    const listing = await listCache(cache, signal);
    expect(
      listing.images.map(({ reference, platforms }) => [reference, platforms.map(({ platform }) => platform)]),
    ).toEqual([
      ['localhost/arm:1', ['linux/arm64']],
      ['localhost/multi:1', ['linux/amd64', 'linux/arm64']],
      ['localhost/web:1', ['linux/amd64']],
    ]);
    expect(listing.unreferenced).toBe(orphan.size);
    expect(listing.layers).toMatchObject([{ name: 'abc', size: 1000 }]);
    expect(listing.segments).toMatchObject([{ name: 's1.zst', size: 3000, lastUse: expect.stringMatching(/^2/) }]);
    const text = formatListing(listing).join('\n');
    expect(text).toMatch(/localhost\/multi:1 +linux\/arm64 +sha256:/);
    expect(text).toContain('segments: 1, 2.9 KiB');
    expect(text).toContain('root images: 1, 4.0 KiB');
    expect(text).toContain('package lists and packages: 4.0 KiB');
  });

  it('shows an image whose blobs are not all here as incomplete', async () => {
    const manifest = await addImage('localhost/web:1', 'amd64', 'x');
    rmSync(store.blobPath(store.readManifest(manifest.digest).layers[0]?.digest ?? manifest.digest));
    expect(formatListing(await listCache(cache, signal)).join('\n')).toMatch(/localhost\/web:1 +incomplete/);
  });

  it('is empty for a cache that does not exist', async () => {
    const listing = await listCache(join(cache, 'nowhere'), signal);
    expect(listing).toMatchObject({ images: [], total: 0 });
    expect(formatListing(listing)[0]).toBe('no images');
  });
});

describe('cache clean', () => {
  it('frees what can be made again, and keeps images', async () => {
    const manifest = await addImage('localhost/web:1', 'amd64', 'x');
    const orphan = await store.writeBlob([Buffer.alloc(2000)], mediaTypes.ociLayer);
    const files = [
      'diff/sha256/a',
      'segments/s.zst',
      'root/r.img',
      'facts/f.json',
      'tmp/0.partial',
      'oci/index.json.99.tmp',
    ].map((name) => put(name, 100));
    const kept = put('apt/archives/x.deb', 50);
    const freed = await cleanCache(cache, keepImages, signal);
    expect(Object.fromEntries(freed.map(({ kind, bytes }) => [kind, bytes]))).toEqual({
      blob: orphan.size,
      layer: 100,
      root: 100,
      segment: 100,
      fact: 100,
      temporary: 200,
    });
    expect(files.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(kept)).toBe(true);
    const { config, layers } = store.readManifest(manifest.digest);
    expect([config, ...layers].every((blob) => store.hasBlob(blob))).toBe(true);
  });

  it('frees everything with --all', async () => {
    await addImage('localhost/web:1', 'amd64', 'x');
    put('apt/archives/x.deb', 50);
    await cleanCache(cache, { all: true, dryRun: false }, signal);
    expect(await listCache(cache, signal)).toMatchObject({ images: [], total: 0 });
  });

  it('frees nothing on a dry run, and says what it would free', async () => {
    const segment = put('segments/s.zst', 2048);
    const freed = await cleanCache(cache, { all: false, dryRun: true }, signal);
    expect(existsSync(segment)).toBe(true);
    expect(formatFreed(freed, true)).toEqual(['segments: 1, 2.0 KiB', 'would free 2.0 KiB']);
  });

  it('keeps what was used in the last days with --unused', async () => {
    const old = put('segments/old.zst', 10, 8);
    const fresh = put('segments/fresh.zst', 10, 6);
    await cleanCache(cache, { ...keepImages, unusedDays: 7 }, signal);
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
  });
});

describe('cache rm', () => {
  it('forgets images by the name that the user wrote, all or none', async () => {
    await addImage('docker.io/library/nginx:latest', 'amd64', 'x');
    await addImage('localhost/web:1', 'amd64', 'y');
    await expect(forgetImages(cache, ['nginx', 'redis'], signal)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('removing "redis": not in the store'),
    });
    expect((await listCache(cache, signal)).images).toHaveLength(2);
    await forgetImages(cache, ['nginx'], signal);
    expect((await listCache(cache, signal)).images.map(({ reference }) => reference)).toEqual(['localhost/web:1']);
  });
});
