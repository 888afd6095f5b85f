// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { type Descriptor, type Digest, mediaTypes } from '../../src/oci/types.ts';
import { buildahImage, copyImage, umociImage } from '../support/images.ts';
import { writeImage } from '../support/layer-image.ts';
import { pullImage, pullImages } from '../support/pull-image.ts';
import { rawEntry } from '../support/raw-tar.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { pushIndex, putManifest } from '../support/registry-index.ts';

const tree = { 'bin/serve': 'first layer '.repeat(5000), 'etc/conf': { link: '../bin/serve' } };

let folder: string;
let layout: string;
let registry: TestRegistry;
let cacheCount = 0;

function freshCache(): string {
  cacheCount += 1;
  return join(folder, `cache-${cacheCount}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-pull-'));
  layout = join(folder, 'layout');
  registry = await startRegistry();
  const options = { entrypoint: ['/bin/serve', '--now'], environment: { A: 'b c' }, labels: { role: 'test' } };
  await umociImage(layout, 'amd64', { ...options, layers: [tree, { 'etc/extra': 'second layer' }] });
  await umociImage(layout, 'arm64', { ...options, layers: [tree], architecture: 'arm64' });
});

afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What skopeo says of the image, as a second opinion. */
async function skopeoInspect(image: string): Promise<{ Digest: string; Layers: string[] }> {
  const { stdout } = await execa('skopeo', ['inspect', '--tls-verify=false', image]);
  return JSON.parse(stdout) as { Digest: string; Layers: string[] };
}

function magicOf(path: string | undefined): string {
  return readFileSync(path ?? '').toString('hex', 0, 4);
}

describe('pulling from a registry', () => {
  it.each([
    ['OCI', 'oci', mediaTypes.ociManifest],
    ['Docker schema 2', 'v2s2', mediaTypes.dockerManifest],
  ] as const)('brings an image of %s into a store that skopeo reads', async (_name, format, mediaType) => {
    await copyImage(`oci:${layout}:amd64`, `docker://${registry.host}/${format}/web:1.0`, { format });
    const cache = freshCache();
    const reference = `${registry.host}/${format}/web:1.0`;
    const { pulled, resolved } = await pullImages(cache, [reference]);
    const expected = await skopeoInspect(`docker://${reference}`);
    const image = pulled.get(reference);
    expect(image?.digest).toBe(expected.Digest);
    expect(image?.layers.map(({ descriptor }) => descriptor.digest)).toEqual(expected.Layers);
    expect(image?.config.config).toMatchObject({
      Entrypoint: ['/bin/serve', '--now'],
      Env: expect.arrayContaining(['A=b c']),
      Labels: { role: 'test' },
    });
    expect(resolved.get(reference)).toMatchObject({ from: 'registry', manifest: { mediaType } });
    expect((await skopeoInspect(`oci:${cache}/oci:${reference}`)).Layers).toEqual(expected.Layers);
    expect((await pullImage(cache, reference, { offline: true })).digest).toBe(expected.Digest);
  });

  it('brings layers of gzip, zstd and plain tar as they are', async () => {
    await umociImage(layout, 'zstd', { layers: [{ 'etc/zstd': 'z'.repeat(1000) }] });
    await copyImage(`oci:${layout}:zstd`, `docker://${registry.host}/zstd:1`, { format: 'oci', compression: 'zstd' });
    const tar = Buffer.concat([rawEntry({ name: 'etc/plain', data: 'p' }), Buffer.alloc(1024)]);
    writeImage(join(folder, 'plain'), [{ tar, compression: 'none' }]);
    await copyImage(`oci:${join(folder, 'plain')}:latest`, `docker://${registry.host}/plain:1`, {
      preserveDigests: true,
    });
    const cache = freshCache();
    const zstd = await pullImage(cache, `${registry.host}/zstd:1`);
    const gzip = await pullImage(cache, `oci:${layout}:amd64`);
    const plain = await pullImage(cache, `${registry.host}/plain:1`);
    expect(zstd.layers[0]?.descriptor.mediaType).toBe(mediaTypes.ociLayerZstd);
    expect(magicOf(zstd.layers[0]?.blob)).toBe('28b52ffd');
    expect(magicOf(gzip.layers[0]?.blob)).toMatch(/^1f8b/);
    const { stdout } = await execa('zstd', ['-dc', zstd.layers[0]?.blob ?? ''], { encoding: 'buffer' });
    expect(digestOf(stdout)).toBe(zstd.layers[0]?.diffId);
    expect(readFileSync(plain.layers[0]?.blob ?? '')).toEqual(tar);
  });

  it('takes the image for the platform out of an index, and only that one', async () => {
    await pushIndex(registry.host, layout, { name: 'multi', tag: '1' });
    const cache = freshCache();
    const reference = `${registry.host}/multi:1`;
    const arm = await pullImage(cache, reference, { platform: { os: 'linux', architecture: 'arm64' } });
    expect(arm.config.architecture).toBe('arm64');
    expect(arm.digest).toBe(manifestOf('arm64').digest);
    expect(() => statSync(join(cache, 'oci/blobs/sha256', manifestOf('amd64').digest.slice(7)))).toThrow('ENOENT');
    const amd = await pullImage(cache, reference);
    expect(amd.config.architecture).toBe('amd64');
    const inspected = await skopeoInspect(`oci:${cache}/oci:${reference}`);
    expect(inspected.Layers).toEqual(amd.layers.map(({ descriptor }) => descriptor.digest));
  });

  it("takes it out of Docker's manifest list too, and skopeo finds it in the store", async () => {
    await copyImage(`oci:${layout}:amd64`, `docker://${registry.host}/list:amd64`, { format: 'v2s2' });
    const url = `http://${registry.host}/v2/list/manifests`;
    const bytes = await (await fetch(`${url}/amd64`, { headers: { accept: mediaTypes.dockerManifest } })).bytes();
    const platform = { os: 'linux', architecture: 'amd64' };
    const entry = { mediaType: mediaTypes.dockerManifest, digest: digestOf(bytes), size: bytes.length, platform };
    await putManifest(registry.host, 'list', '1', {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerIndex,
      manifests: [entry],
    });
    const cache = freshCache();
    const reference = `${registry.host}/list:1`;
    const image = await pullImage(cache, reference);
    expect(image.digest).toBe(entry.digest);
    expect((await pullImage(cache, reference, { offline: true })).digest).toBe(entry.digest);
    const { Layers } = await skopeoInspect(`oci:${cache}/oci:${reference}`);
    expect(Layers).toEqual(image.layers.map(({ descriptor }) => descriptor.digest));
  });

  it('lists the platforms there are when the asked one is missing', async () => {
    await pushIndex(registry.host, layout, { name: 'multi', tag: 'few' });
    const pulling = pullImage(freshCache(), `${registry.host}/multi:few`, {
      platform: { os: 'linux', architecture: 'riscv64' },
    });
    await expect(pulling).rejects.toMatchObject({
      code: 'platform',
      message: expect.stringMatching(/expected an image for linux\/riscv64, found linux\/amd64, linux\/arm64$/),
    });
  });

  it('refuses a single image that is for another platform, before it pulls the layers', async () => {
    await copyImage(`oci:${layout}:arm64`, `docker://${registry.host}/only-arm:1`);
    const cache = freshCache();
    await expect(pullImage(cache, `${registry.host}/only-arm:1`)).rejects.toMatchObject({
      code: 'platform',
      message: expect.stringContaining('expected an image for linux/amd64, found one for linux/arm64'),
    });
    const [layer] = manifestOf('arm64').layers;
    expect(() => statSync(join(cache, 'oci/blobs/sha256', layer?.digest.slice(7) ?? ''))).toThrow('ENOENT');
  });

  it('pulls what buildah pushes', async () => {
    await buildahImage(`docker://${registry.host}/built:1`, { layers: [tree], labels: { by: 'buildah' } });
    const image = await pullImage(freshCache(), `${registry.host}/built:1`);
    expect(image.config.config?.Labels).toMatchObject({ by: 'buildah' });
    expect(image.digest).toBe((await skopeoInspect(`docker://${registry.host}/built:1`)).Digest);
  });

  it('says that an image does not exist, and what to check', async () => {
    await expect(pullImage(freshCache(), `${registry.host}/no/such:1`)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /^resolving ".*\/no\/such:1": GET http:.*\/manifests\/1: 404 not found: MANIFEST_UNKNOWN/,
      ),
      hint: expect.stringContaining('spelling'),
    });
  });
});

describe('what the store already has', () => {
  it('needs no registry for a tag or a digest, and no socket with --offline', async () => {
    await copyImage(`oci:${layout}:amd64`, `docker://${registry.host}/kept:1`);
    const cache = freshCache();
    const tag = `${registry.host}/kept:1`;
    const { digest } = await pullImage(cache, tag);
    const byDigest = `${registry.host}/kept@${digest}`;
    const { resolved } = await pullImages(cache, [tag, byDigest], { offline: true });
    expect(resolved.get(tag)?.from).toBe('store');
    expect(resolved.get(byDigest)).toMatchObject({ from: 'store', manifest: { digest } });
    await expect(pullImage(cache, `${registry.host}/kept:2`, { offline: true })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('found --offline'),
    });
  });

  it('looks at the registry again with --pull', async () => {
    const reference = `${registry.host}/moved:latest`;
    await copyImage(`oci:${layout}:amd64`, `docker://${reference}`);
    const cache = freshCache();
    const first = await pullImage(cache, reference);
    await umociImage(layout, 'moved', { layers: [{ 'etc/moved': 'yes' }] });
    await copyImage(`oci:${layout}:moved`, `docker://${reference}`);
    expect((await pullImage(cache, reference)).digest).toBe(first.digest);
    const second = await pullImage(cache, reference, { pull: true });
    expect(second.digest).not.toBe(first.digest);
    expect((await pullImage(cache, reference, { offline: true })).digest).toBe(second.digest);
  });

  it('pulls what the lock pins, wherever the tag is now', async () => {
    const reference = `${registry.host}/pinned:1`;
    await copyImage(`oci:${layout}:amd64`, `docker://${reference}`);
    const pinned = manifestOf('amd64').digest;
    await umociImage(layout, 'later', { layers: [{ 'etc/later': 'yes' }] });
    await copyImage(`oci:${layout}:later`, `docker://${reference}`);
    const lock = { version: 1, images: { [reference]: { 'linux/amd64': pinned } }, recipes: {} } as const;
    const cache = freshCache();
    expect((await pullImage(cache, reference, { lock })).digest).toBe(pinned);
    expect((await pullImage(cache, reference, { lock, offline: true })).digest).toBe(pinned);
    expect((await pullImage(cache, reference)).digest).toBe(manifestOf('later').digest);
  });
});

interface LayoutManifest {
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly layers: readonly Descriptor[];
}

function manifestOf(tag: string): LayoutManifest {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const descriptor = index.manifests.find(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag,
  );
  if (descriptor === undefined) {
    throw new Error(`the layout has no ${tag}`);
  }
  const bytes = readFileSync(join(layout, 'blobs/sha256', descriptor.digest.slice(7)), 'utf8');
  return { digest: descriptor.digest, descriptor, layers: (JSON.parse(bytes) as { layers: Descriptor[] }).layers };
}
