// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { fetchBlob } from '../../src/oci/fetch-blob.ts';
import { openStore } from '../../src/oci/store.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/types.ts';
import { silentReporter } from '../../src/reporter.ts';
import {
  describe as descriptorOf,
  imageRoutes,
  ranged,
  type Routes,
  sampleImage,
  sampleLayer,
  startHostileRegistry,
} from '../support/hostile-registry.ts';
import { runElsewhere } from '../support/other-process.ts';
import { pullImage } from '../support/pull-image.ts';

const never = new AbortController().signal;
const pullCode = `
  const { pullImage } = await load('test/support/pull-image.ts');
  await pullImage(input.cache, input.reference);
`;

let folder: string;
let cacheCount = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-store-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function freshCache(): string {
  cacheCount += 1;
  return join(folder, `cache-${cacheCount}`);
}

const blobs = (cache: string): string[] => readdirSync(join(cache, 'oci/blobs/sha256'));
const temporaries = (cache: string): string[] => readdirSync(join(cache, 'tmp'));

describe('a pull that is killed', () => {
  it('leaves nothing broken, and the next one goes on where it ended', async () => {
    const layer = sampleLayer(400_000);
    const image = sampleImage({ layers: [layer] });
    const path = `/v2/web/blobs/${digestOf(layer)}`;
    await using server = await startHostileRegistry({
      ...imageRoutes('web', '1', image),
      [path]: ({ headers }, before) =>
        before === 0 ? { body: layer, stallAfter: 200_000 } : ranged(layer, headers.range),
    });
    const cache = freshCache();
    const reference = `${server.host}/web:1`;
    const other = runElsewhere(pullCode, { cache, reference });
    const partial = join(cache, 'tmp', `${hexOf(digestOf(layer))}.partial`);
    await vi.waitFor(() => expect(readFileSync(partial).length).toBeGreaterThan(100_000), { timeout: 20_000 });
    other.child.kill('SIGKILL');
    await other.ended;
    expect(existsSync(`${partial}.lock`)).toBe(true);
    const pulled = await pullImage(cache, reference);
    expect(readFileSync(pulled.layers[0]?.blob ?? '')).toEqual(layer);
    expect(server.requests.filter(({ path: asked }) => asked === path).map(({ headers }) => headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=[1-9]\d{5}-$/),
    ]);
    expect(temporaries(cache)).toEqual([]);
  });
});

describe('two processes on one store', () => {
  it('pull the same image once', async () => {
    const layer = sampleLayer(3_000_000);
    const image = sampleImage({ layers: [layer, sampleLayer(1000, 2)] });
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    const cache = freshCache();
    const input = { cache, reference: `${server.host}/web:1` };
    const ends = await Promise.all([1, 2, 3].map(() => runElsewhere(pullCode, input).ended));
    expect(ends.map(({ output }) => output)).toEqual(['', '', '']);
    expect(server.requests.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(3);
    expect(temporaries(cache)).toEqual([]);
  });

  it('tag at the same time and lose nothing of each other', async () => {
    const cache = freshCache();
    const code = `
      const { openStore } = await load('src/oci/store.ts');
      const store = await openStore(input.cache, new AbortController().signal);
      for (let count = 0; count < 25; count += 1) {
        const name = input.name + count;
        await store.tag(name, await store.writeJson({ name }, 'application/vnd.oci.image.manifest.v1+json'));
      }
    `;
    const names = ['a', 'b', 'c'];
    const ends = await Promise.all(names.map((name) => runElsewhere(code, { cache, name }).ended));
    expect(ends.map(({ output }) => output)).toEqual(['', '', '']);
    const store = await openStore(cache, never);
    expect(
      store
        .references()
        .map(({ reference }) => reference)
        .toSorted(),
    ).toEqual(names.flatMap((name) => Array.from({ length: 25 }, (_, count) => `${name}${count}`)).toSorted());
    for (const { descriptor } of store.references()) {
      expect(store.readDocument(descriptor.digest)).toBeDefined();
    }
    expect(readdirSync(join(cache, 'oci')).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});

describe('a cache that cannot be written', () => {
  it('says that the disk is full, before the download when the sizes tell', async () => {
    await withSmallDisk('size=1m', async (disk) => {
      const image = sampleImage({ layers: [sampleLayer(2_000_000)] });
      await using server = await startHostileRegistry(imageRoutes('web', '1', image));
      await expect(pullImage(join(disk, 'cache'), `${server.host}/web:1`)).rejects.toMatchObject({
        code: 'store',
        message: expect.stringMatching(/expected 1\.9 MiB of free space, found 1\.0 MiB$/),
        hint: expect.stringContaining('tskit cache clean'),
      });
      expect(server.requests.filter(({ path }) => path.includes(digestOf(image.layers[0] as Buffer)))).toEqual([]);
    });
  });

  it('says that the disk is full when it fills up meanwhile, and frees what it has written', async () => {
    await withSmallDisk('size=1m', async (disk) => {
      const layer = sampleLayer(2_000_000);
      const cache = join(disk, 'cache');
      const store = await openStore(cache, never);
      const source = {
        kind: 'archive' as const,
        named: () => Promise.reject(new Error('not asked for')),
        document: () => Promise.reject(new Error('not asked for')),
        blob: (_descriptor: Descriptor, start: number) =>
          Promise.resolve({
            start,
            chunks: (async function* () {
              yield layer;
            })(),
          }),
      };
      const descriptor = descriptorOf(layer, mediaTypes.ociLayerGzip);
      const full = { code: 'store', message: expect.stringContaining('no space left on the device (ENOSPC)') };
      const task = silentReporter.task('');
      await expect(fetchBlob(store, source, descriptor, { signal: never, task })).rejects.toMatchObject(full);
      await expect(store.writeBlob([layer], mediaTypes.ociLayerGzip)).rejects.toMatchObject(full);
      expect(temporaries(cache)).toEqual([]);
    });
  });

  it('is good enough for what it holds when it is read-only, and says so otherwise', async () => {
    const image = sampleImage();
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    await withSmallDisk('size=4m', async (disk) => {
      const cache = join(disk, 'cache');
      await pullImage(cache, `${server.host}/web:1`);
      await execa('mount', ['-o', 'remount,ro', disk]);
      await expect(pullImage(cache, `${server.host}/web:1`)).resolves.toMatchObject({
        digest: digestOf(image.manifest),
      });
      server.routes['/v2/web/manifests/2'] = { body: sampleImage({ layers: [sampleLayer(10, 9)] }).manifest };
      await expect(pullImage(cache, `${server.host}/web:2`)).rejects.toMatchObject({
        code: 'store',
        message: expect.stringContaining('the file system is read-only (EROFS)'),
        hint: expect.stringContaining('--cache'),
      });
    });
  });

  it('says that a file is in the way', async () => {
    const cache = freshCache();
    writeFileSync(cache, 'not a folder');
    await expect(openStore(cache, never)).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining('not a directory (ENOTDIR)'),
    });
  });
});

describe('a store that was damaged', () => {
  it('says which file, and how to start anew, when index.json is not JSON', async () => {
    const cache = freshCache();
    mkdirSync(join(cache, 'oci'), { recursive: true });
    writeFileSync(join(cache, 'oci/index.json'), '{"schemaVersion":2,"manif');
    await expect(openStore(cache, never)).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining(`"${join(cache, 'oci/index.json')}": expected JSON`),
      hint: expect.stringContaining('remove'),
    });
  });

  it('names the file when a manifest was changed, and pulls a layer again that was cut short', async () => {
    const image = sampleImage();
    const layer = image.layers[0] as Buffer;
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    const cache = freshCache();
    const pulled = await pullImage(cache, `${server.host}/web:1`);
    const blob = pulled.layers[0]?.blob ?? '';
    writeFileSync(blob, layer.subarray(0, 100));
    await pullImage(cache, `${server.host}/web:1`);
    expect(readFileSync(blob)).toEqual(layer);
    const manifest = join(cache, 'oci/blobs/sha256', hexOf(digestOf(image.manifest)));
    writeFileSync(manifest, `${image.manifest.toString()} `);
    await expect(pullImage(cache, `${server.host}/web:1`)).rejects.toMatchObject({
      code: 'digest',
      message: expect.stringContaining(`reading "${manifest}": expected ${digestOf(image.manifest)}`),
    });
  });
});

describe('--offline', () => {
  it('opens no socket, not even for an image that is missing', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect');
    try {
      await expect(pullImage(freshCache(), 'registry.example.com/web:1', { offline: true })).rejects.toMatchObject({
        code: 'network',
      });
      const image = sampleImage();
      const routes: Routes = imageRoutes('web', '1', image);
      await using server = await startHostileRegistry(routes);
      const cache = freshCache();
      await pullImage(cache, `${server.host}/web:1`);
      expect(connect).toHaveBeenCalled();
      connect.mockClear();
      rmSync(join(cache, 'oci/blobs/sha256', hexOf(digestOf(image.layers[0] as Buffer))));
      await expect(pullImage(cache, `${server.host}/web:1`, { offline: true })).rejects.toMatchObject({
        code: 'store',
        message: expect.stringContaining(`blob ${digestOf(image.layers[0] as Buffer)}: not in the store`),
        hint: expect.stringContaining('--offline'),
      });
      expect(connect).not.toHaveBeenCalled();
    } finally {
      connect.mockRestore();
    }
  });
});

describe('tskit cache', () => {
  it('cleans nothing while another process uses the cache, and a build waits for a clean', async () => {
    const { cleanCache } = await import('../../src/cache/clean.ts');
    const cache = freshCache();
    const store = await openStore(cache, never);
    const orphan = await store.writeJson({ orphan: true }, 'application/json');
    const holder = runElsewhere(
      `
      const { openStore } = await load('src/oci/store.ts');
      await openStore(input.cache, new AbortController().signal);
      console.log('open');
      setInterval(() => {}, 1000);
    `,
      { cache },
    );
    expect(await holder.firstLine).toBe('open');
    const options = { all: false, dryRun: false };
    await expect(cleanCache(cache, options, never)).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining(`found process ${holder.child.pid}`),
    });
    expect(store.hasBlob(orphan)).toBe(true);
    holder.child.kill('SIGKILL');
    await holder.ended;
    const { lockForCleaning } = await import('../../src/oci/lease.ts');
    const lock = await lockForCleaning(cache, never);
    const late = runElsewhere(
      `
      const { openStore } = await load('src/oci/store.ts');
      await openStore(input.cache, new AbortController().signal);
      console.log('open');
    `,
      { cache },
    );
    await vi.waitFor(() => expect(readdirSync(join(cache, 'leases')).length).toBeGreaterThan(2), { timeout: 10_000 });
    await sleep(100);
    expect(late.child.exitCode).toBeNull();
    lock[Symbol.dispose]();
    expect(await late.ended).toEqual({ code: 0, output: 'open\n' });
    expect(await cleanCache(cache, options, never)).toEqual([{ kind: 'blob', files: 1, bytes: orphan.size }]);
    expect(blobs(cache)).toEqual([]);
  });
});

/** A file system of its own, in memory. */
async function withSmallDisk(options: string, work: (disk: string) => Promise<void>): Promise<void> {
  const disk = mkdtempSync(join(folder, 'disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  try {
    await work(disk);
  } finally {
    await execa('umount', ['--lazy', disk]);
  }
}
