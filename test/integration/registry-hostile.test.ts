// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TskitError } from '../../src/errors.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { fetchBlob } from '../../src/oci/fetch-blob.ts';
import { parseReference, type RegistryReference } from '../../src/oci/reference.ts';
import { RegistryApi } from '../../src/oci/registry/api.ts';
import { HttpClient } from '../../src/oci/registry/http-client.ts';
import { RegistrySource } from '../../src/oci/registry/source.ts';
import type { RetryPolicy } from '../../src/oci/retry.ts';
import { openStore } from '../../src/oci/store.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { silentReporter } from '../../src/reporter.ts';
import {
  type Answer,
  describe as descriptorOf,
  imageRoutes,
  ranged,
  type Routes,
  sampleImage,
  type SampleImage,
  sampleLayer,
  startHostileRegistry,
} from '../support/hostile-registry.ts';
import { pullImage } from '../support/pull-image.ts';

const impatient: RetryPolicy = { attempts: 3, firstWaitMs: 20, mostWaitMs: 2000 };
const shortTimeouts = { headerMs: 400, stallMs: 400 };
const never = new AbortController().signal;

let folder: string;
let cacheCount = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-hostile-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function freshCache(): string {
  cacheCount += 1;
  return join(folder, `cache-${cacheCount}`);
}

/** Pulls `web:1` from a server that serves this image but for the changed routes, and returns the error. */
async function failure(image: SampleImage, changes: Routes = {}, cache = freshCache()): Promise<TskitError> {
  await using server = await startHostileRegistry({ ...imageRoutes('web', '1', image), ...changes });
  const error: unknown = await pullImage(cache, `${server.host}/web:1`).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(Error);
  return error as TskitError;
}

/** Fetches the first layer without the long waits of the defaults. */
async function fetchLayer(image: SampleImage, layer: Buffer, changes: Routes, cache = freshCache()): Promise<string[]> {
  await using server = await startHostileRegistry({ ...imageRoutes('web', '1', image), ...changes });
  const options = { plainHttp: [], env: {}, warn: () => {}, client: new HttpClient({}, shortTimeouts) };
  const reference = parseReference(`${server.host}/web:1`) as RegistryReference;
  const source = new RegistrySource(new RegistryApi(server.host, options), reference, impatient);
  const store = await openStore(cache, never);
  const descriptor = descriptorOf(layer, mediaTypes.ociLayerGzip);
  await fetchBlob(store, source, descriptor, { signal: never, task: silentReporter.task(''), retry: impatient });
  expect(store.hasBlob(descriptor)).toBe(true);
  return server.requests.map(({ headers }) => headers.range ?? 'whole');
}

const layerPath = (image: SampleImage): string => `/v2/web/blobs/${digestOf(image.layers[0] as Buffer)}`;
const partials = (cache: string): string[] => (existsSync(join(cache, 'tmp')) ? readdirSync(join(cache, 'tmp')) : []);

describe('a manifest that lies', () => {
  const manifestAnswer = (body: string | Buffer, type: string = mediaTypes.ociManifest): Routes => ({
    '/v2/web/manifests/1': { headers: { 'content-type': type }, body },
  });

  it.each<[string, Parameters<typeof sampleImage>[0], Partial<TskitError>]>([
    [
      'a negative size',
      { manifest: (manifest) => ({ ...manifest, config: { ...manifest.config, size: -1 } }) },
      { code: 'manifest', message: expect.stringContaining('config: size: expected a number of bytes, found -1') },
    ],
    [
      'a size beyond every disk',
      { manifest: (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], size: 2 ** 52 }] }) },
      { code: 'store', message: expect.stringMatching(/expected 4294967296\.0 MiB of free space, found/) },
    ],
    [
      'a size that is not whole',
      { manifest: (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], size: 1.5 }] }) },
      { code: 'manifest', message: expect.stringContaining('layers[0]: size: expected a number of bytes, found 1.5') },
    ],
    [
      'a digest that is a path',
      {
        manifest: (manifest) => ({ ...manifest, config: { ...manifest.config, digest: 'sha256:../../../etc/passwd' } }),
      },
      { code: 'manifest', message: expect.stringContaining('digest: expected sha256: and 64 hex digits') },
    ],
    [
      'a wrong number of diff_ids',
      { diffIds: [] },
      {
        code: 'manifest',
        message: expect.stringContaining('rootfs.diff_ids: expected 1 as the manifest has layers, found 0'),
      },
    ],
    [
      'an encrypted layer',
      {
        manifest: (manifest) => ({
          ...manifest,
          layers: [{ ...manifest.layers[0], mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }],
        }),
      },
      { code: 'layer', message: expect.stringContaining('found an encrypted one') },
    ],
    [
      'a layer of an unknown type',
      { manifest: (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], mediaType: 'text/plain' }] }) },
      { code: 'layer', message: expect.stringContaining('found "text/plain"') },
    ],
    [
      'something else than an image',
      {
        manifest: (manifest) => ({
          ...manifest,
          config: { ...manifest.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
        }),
      },
      { code: 'manifest', message: expect.stringContaining('found an artifact') },
    ],
    [
      'both an image and an index',
      { manifest: (manifest) => ({ ...manifest, mediaType: undefined, manifests: [] }) },
      { code: 'manifest', message: expect.stringContaining('either "manifests" or "config" and "layers"') },
    ],
  ])('is refused for %s', async (_what, options, expected) => {
    const cache = freshCache();
    const error = await failure(sampleImage(options), {}, cache);
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(/^(?:resolving|pulling|storing) /);
    expect(partials(cache)).toEqual([]);
  });

  it('is refused when it is a web page', async () => {
    const error = await failure(
      sampleImage(),
      manifestAnswer('<html>please log in</html>', 'text/html; charset=utf-8'),
    );
    expect(error).toMatchObject({
      code: 'manifest',
      message: expect.stringContaining('expected JSON, found a web page'),
      hint: expect.stringContaining('login page'),
    });
  });

  it('is refused when it is not JSON', async () => {
    const error = await failure(sampleImage(), manifestAnswer('<html>please log in</html>'));
    expect(error).toMatchObject({
      code: 'manifest',
      message: expect.stringContaining('found "<html>please log in</html>"'),
    });
  });

  it("is refused as Docker's schema 1, with a way to convert it", async () => {
    const body = JSON.stringify({ schemaVersion: 1, name: 'web', fsLayers: [] });
    const error = await failure(
      sampleImage(),
      manifestAnswer(body, 'application/vnd.docker.distribution.manifest.v1+json'),
    );
    expect(error).toMatchObject({
      code: 'manifest',
      message: expect.stringContaining("found Docker's schema 1"),
      hint: expect.stringContaining('skopeo copy'),
    });
  });

  it('is refused when it is larger than any registry takes', async () => {
    const error = await failure(sampleImage(), manifestAnswer(Buffer.alloc(5 * 1024 * 1024, ' ')));
    expect(error).toMatchObject({ code: 'size', message: expect.stringContaining('expected at most 4194304 bytes') });
  });

  it('is refused when its bytes are not those of the digest asked for', async () => {
    const image = sampleImage();
    const digest = digestOf(image.manifest);
    const other = sampleImage({ architecture: 'arm64' });
    await using server = await startHostileRegistry({ [`/v2/web/manifests/${digest}`]: { body: other.manifest } });
    await expect(pullImage(freshCache(), `${server.host}/web@${digest}`)).rejects.toMatchObject({
      code: 'digest',
      message: expect.stringContaining(`expected ${digest}, found ${digestOf(other.manifest)}`),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is refused when they are not those of the digest that the registry announces', async () => {
    const error = await failure(sampleImage(), {
      '/v2/web/manifests/1': {
        headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
        body: sampleImage().manifest,
      },
    });
    expect(error.code).toBe('digest');
  });

  it('is refused when an index gives it another size', async () => {
    const image = sampleImage();
    const platform = { os: 'linux', architecture: 'amd64' };
    const entry = {
      ...descriptorOf(image.manifest, mediaTypes.ociManifest),
      size: image.manifest.length + 1,
      platform,
    };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] });
    const error = await failure(image, manifestAnswer(index, mediaTypes.ociIndex));
    expect(error).toMatchObject({ code: 'size', message: expect.stringContaining(`expected ${entry.size} bytes`) });
  });

  it('is refused when indexes list each other without end', async () => {
    const routes: Routes = {};
    let body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
    for (let depth = 0; depth < 6; depth += 1) {
      const bytes = Buffer.from(body);
      routes[`/v2/web/manifests/${digestOf(bytes)}`] = { body: bytes };
      const entry = { ...descriptorOf(bytes, mediaTypes.ociIndex), platform: { os: 'linux', architecture: 'amd64' } };
      body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] });
    }
    const error = await failure(sampleImage(), { ...routes, '/v2/web/manifests/1': { body } });
    expect(error).toMatchObject({ code: 'manifest', message: expect.stringContaining('indexes within each other') });
  });
});

describe('a blob that is not what the manifest says', () => {
  it('is an error at once when its digest is wrong, and nothing of it stays', async () => {
    const image = sampleImage();
    const wrong = Buffer.from(image.layers[0] as Buffer);
    wrong[100] = (wrong[100] ?? 0) ^ 1;
    const cache = freshCache();
    let asked = 0;
    const error = await failure(
      image,
      {
        [layerPath(image)]: () => {
          asked += 1;
          return { body: wrong };
        },
      },
      cache,
    );
    expect(error).toMatchObject({ code: 'digest', message: expect.stringContaining(`found ${digestOf(wrong)}`) });
    expect(asked).toBe(1);
    expect(partials(cache)).toEqual([]);
    expect(existsSync(join(cache, 'oci/blobs/sha256', hexOf(digestOf(wrong))))).toBe(false);
  });

  it.each<[string, Partial<Answer>]>([
    ['says its length', {}],
    ['does not say its length', { headers: { 'transfer-encoding': 'chunked' } }],
  ])('is an error when it is longer and the server %s', async (_how, answer) => {
    const image = sampleImage();
    const body = Buffer.concat([image.layers[0] as Buffer, Buffer.from('more')]);
    const cache = freshCache();
    const error = await failure(image, { [layerPath(image)]: { ...answer, body } }, cache);
    expect(error.code).toBe('size');
    expect(partials(cache)).toEqual([]);
  });
});

describe('a transfer that breaks', () => {
  const layer = sampleLayer(300_000);
  const image = sampleImage({ layers: [layer] });

  it('goes on where it was cut off', async () => {
    const path = layerPath(image);
    const ranges = await fetchLayer(image, layer, {
      [path]: ({ headers }, before) =>
        before < 2 ? { ...ranged(layer, headers.range), cutAfter: 100_000 } : ranged(layer, headers.range),
    });
    const [first, second, third] = ranges.map((range) => Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0));
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
    expect(third).toBeGreaterThan(second ?? 0);
    expect(ranges).toHaveLength(3);
  });

  it('starts anew with a server that knows no ranges', async () => {
    const ranges = await fetchLayer(image, layer, {
      [layerPath(image)]: (_request, before) => (before === 0 ? { body: layer, cutAfter: 100_000 } : { body: layer }),
    });
    expect(ranges).toEqual(['whole', expect.stringMatching(/^bytes=[1-9]/)]);
  });

  it('times out when it stalls, and goes on', async () => {
    const ranges = await fetchLayer(image, layer, {
      [layerPath(image)]: ({ headers }, before) =>
        before === 0 ? { body: layer, stallAfter: 50_000 } : ranged(layer, headers.range),
    });
    expect(ranges).toEqual(['whole', 'bytes=50000-']);
  });

  it('times out when it only drips', async () => {
    const fetching = fetchLayer(image, layer, { [layerPath(image)]: { body: layer, dripMs: 50 } });
    await expect(fetching).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('stalled') });
  });

  it('gives up with the place that it reached when it never gets on', async () => {
    const fetching = fetchLayer(image, layer, { [layerPath(image)]: { body: layer, cutAfter: 0 } });
    await expect(fetching).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/^downloading blob .*, 3 times in a row$/),
      hint: expect.stringContaining('run the same command again'),
    });
  });

  it('is an error when a range begins elsewhere', async () => {
    const fetching = fetchLayer(image, layer, {
      [layerPath(image)]: ({ headers }, before) =>
        before === 0
          ? { body: layer, cutAfter: 100_000 }
          : {
              ...ranged(layer, headers.range),
              headers: { 'content-range': `bytes 5-${layer.length - 1}/${layer.length}` },
            },
    });
    await expect(fetching).rejects.toMatchObject({
      code: 'size',
      message: expect.stringMatching(/expected bytes from [1-9]\d+ on of .*, found "bytes 5-/),
    });
  });

  it('starts anew when what an earlier process left is wrong, and verifies it again', async () => {
    const cache = freshCache();
    const store = await openStore(cache, never);
    writeFileSync(store.temporaryPath(`${hexOf(digestOf(layer))}.partial`), Buffer.alloc(70_000));
    expect(await fetchLayer(image, layer, {}, cache)).toEqual(['bytes=70000-', 'whole']);
  });
});

describe('a registry in trouble', () => {
  it('is asked again after the time that 429 names', async () => {
    const image = sampleImage();
    const start = performance.now();
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    const manifest = server.routes['/v2/web/manifests/1'] as Answer;
    server.routes['/v2/web/manifests/1'] = (_request, before) =>
      before === 0 ? { status: 429, headers: { 'retry-after': '1' } } : manifest;
    await pullImage(freshCache(), `${server.host}/web:1`);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it('is not waited for longer than is reasonable', async () => {
    const error = await failure(sampleImage(), {
      '/v2/web/manifests/1': { status: 429, headers: { 'retry-after': '86400' } },
    });
    expect(error).toMatchObject({
      code: 'network',
      message: expect.stringMatching(/429 too many requests, and asks to wait for 86400 seconds$/),
    });
  });

  it('is asked again when it is overloaded', async () => {
    const image = sampleImage();
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    const manifest = server.routes['/v2/web/manifests/1'] as Answer;
    server.routes['/v2/web/manifests/1'] = (_request, before) => (before === 0 ? { status: 503 } : manifest);
    await expect(pullImage(freshCache(), `${server.host}/web:1`)).resolves.toMatchObject({
      digest: digestOf(image.manifest),
    });
  });

  it('is reported as down when nothing listens', async () => {
    await expect(pullImage(freshCache(), '127.0.0.1:1/web:1')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(
        /^resolving "127\.0\.0\.1:1\/web:1": GET http:.*the connection was refused \(ECONNREFUSED\)$/,
      ),
      hint: expect.stringContaining('check that the registry runs'),
    });
  });

  it('is reported as slow when it does not answer', async () => {
    const layer = sampleLayer(1000);
    const image = sampleImage({ layers: [layer] });
    const fetching = fetchLayer(image, layer, { [layerPath(image)]: { silent: true } });
    await expect(fetching).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('no answer within 0.4 seconds'),
    });
  });

  it('is reported when it speaks something else than HTTP', async () => {
    const server = createServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      await expect(pullImage(freshCache(), `127.0.0.1:${port}/web:1`)).rejects.toMatchObject({
        code: 'network',
        message: expect.stringContaining('expected an HTTP answer, found something else'),
      });
    } finally {
      server.close();
    }
  });

  it('is left at once on Ctrl-C', async () => {
    const image = sampleImage();
    await using server = await startHostileRegistry({
      ...imageRoutes('web', '1', image),
      [layerPath(image)]: { body: image.layers[0] as Buffer, stallAfter: 10 },
    });
    const cache = freshCache();
    const controller = new AbortController();
    const pulling = pullImage(cache, `${server.host}/web:1`, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await expect(pulling).rejects.toMatchObject({ code: 'interrupted' });
    // What had arrived is kept for the next time; no lock stays.
    expect(partials(cache)).toEqual([`${hexOf(digestOf(image.layers[0] as Buffer))}.partial`]);
  });
});

describe('redirects', () => {
  it('are followed for blobs, and the login stays with the registry', async () => {
    const image = sampleImage();
    await using store = await startHostileRegistry({ '/bucket/layer': { body: image.layers[0] as Buffer } });
    await using server = await startHostileRegistry({
      ...imageRoutes('web', '1', image),
      [layerPath(image)]: { status: 307, headers: { location: `http://${store.host}/bucket/layer?signature=secret` } },
    });
    const guarded = Object.entries(server.routes).map(([path, route]) => [
      path,
      (request: Parameters<Exclude<typeof route, Answer>>[0], before: number): Answer => {
        if (request.headers.authorization === undefined) {
          return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
        }
        return typeof route === 'function' ? route(request, before) : route;
      },
    ]);
    Object.assign(server.routes, Object.fromEntries(guarded));
    const home = join(folder, 'redirect-home');
    process.env['REGISTRY_AUTH_FILE'] = `${home}.json`;
    const auth = Buffer.from('bob:hunter2').toString('base64');
    writeFileSync(`${home}.json`, JSON.stringify({ auths: { [server.host]: { auth } } }));
    try {
      await pullImage(freshCache(), `${server.host}/web:1`);
    } finally {
      delete process.env['REGISTRY_AUTH_FILE'];
    }
    expect(store.requests).toHaveLength(1);
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
    expect(server.requests.at(-1)?.headers.authorization).toBe(`Basic ${auth}`);
  });

  it('to plain HTTP elsewhere are refused, without the query in the message', async () => {
    const image = sampleImage();
    const error = await failure(image, {
      [layerPath(image)]: { status: 302, headers: { location: 'http://bucket.example.com/layer?signature=secret' } },
    });
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('expected an https URL') });
    expect(error.message).not.toContain('secret');
  });

  it('in a circle end', async () => {
    const image = sampleImage();
    const error = await failure(image, {
      [layerPath(image)]: { status: 302, headers: { location: layerPath(image) } },
    });
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('expected at most 5 redirects') });
  });
});

describe('layers that may not be distributed', () => {
  it('come from the URL in the manifest when the registry has none', async () => {
    const layer = sampleLayer(1000);
    await using vendor = await startHostileRegistry({ '/layer.tgz': { body: layer } });
    const image = sampleImage({
      layers: [layer],
      manifest: (manifest) => ({
        ...manifest,
        layers: [
          {
            ...manifest.layers[0],
            mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
            urls: [`http://${vendor.host}/layer.tgz`],
          },
        ],
      }),
    });
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    server.routes[layerPath(image)] = { status: 404 };
    const pulled = await pullImage(freshCache(), `${server.host}/web:1`);
    expect(pulled.layers[0]?.descriptor.digest).toBe(digestOf(layer));
    expect(vendor.requests).toHaveLength(1);
  });
});
