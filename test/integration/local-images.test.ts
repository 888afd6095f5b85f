// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/types.ts';
import { sampleImage } from '../support/hostile-registry.ts';
import { buildahImage, copyImage, umociImage } from '../support/images.ts';
import { type PullOptions, pullImage, pullImages } from '../support/pull-image.ts';
import { paxEntry, rawEntry } from '../support/raw-tar.ts';

let folder: string;
let layout: string;
let cacheCount = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-local-'));
  layout = join(folder, 'layout');
  await umociImage(layout, 'web', { layers: [{ 'etc/a': 'lower '.repeat(1000) }, { 'etc/b': 'upper' }] });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function freshCache(): string {
  cacheCount += 1;
  return join(folder, `cache-${cacheCount}`);
}

async function digests(
  reference: string,
  options?: PullOptions,
): Promise<{ digest: string; diffIds: readonly string[] }> {
  const { digest, layers } = await pullImage(freshCache(), reference, { offline: true, ...options });
  for (const { blob, descriptor } of layers) {
    expect(digestOf(readFileSync(blob))).toBe(descriptor.digest);
  }
  return { digest, diffIds: layers.map(({ diffId }) => diffId) };
}

async function configOf(image: string): Promise<{ rootfs: { diff_ids: string[] } }> {
  const { stdout } = await execa('skopeo', ['inspect', '--config', image]);
  return JSON.parse(stdout) as { rootfs: { diff_ids: string[] } };
}

async function digestBySkopeo(image: string): Promise<string> {
  const { stdout } = await execa('skopeo', ['inspect', '--format', '{{.Digest}}', image]);
  return stdout;
}

/** A tar of these files, as `docker save` might write it. */
function archive(name: string, entries: readonly Buffer[]): string {
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat([...entries, Buffer.alloc(1024)]));
  return file;
}

describe('an OCI layout', () => {
  it('gives the image of a tag, and the only one without a tag', async () => {
    const expected = await digestBySkopeo(`oci:${layout}:web`);
    expect((await digests(`oci:${layout}:web`)).digest).toBe(expected);
    expect((await digests(`oci:${layout}`)).digest).toBe(expected);
  });

  it('is found from the folder of the spec', async () => {
    const reference = 'oci:./layout:web';
    const { digest } = await digests(reference, { file: join(folder, 'os.yml') });
    expect(digest).toBe(await digestBySkopeo(`oci:${layout}:web`));
  });

  it('lists its tags when it holds several images and none is named, or another one', async () => {
    const several = join(folder, 'several');
    cpSync(layout, several, { recursive: true });
    await umociImage(several, 'db', { layers: [{ 'etc/db': '1' }] });
    await expect(pullImage(freshCache(), `oci:${several}`)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/expected one image, found (?:web, db|db, web)$/),
      hint: expect.stringContaining('oci:DIR:TAG'),
    });
    await expect(pullImage(freshCache(), `oci:${several}:nosuch`)).rejects.toMatchObject({
      message: expect.stringMatching(/expected an image "nosuch", found (?:web, db|db, web)$/),
    });
  });

  it('can be the store of another build, image by its whole reference', async () => {
    const cache = freshCache();
    await pullImage(cache, `oci:${layout}:web`);
    const { digest } = await digests(`oci:${cache}/oci:oci:${layout}:web`);
    expect(digest).toBe(await digestBySkopeo(`oci:${layout}:web`));
  });

  it.each([
    ['a blob is missing', (file: string) => unlinkSync(file), 'manifest', /expected blob sha256:.*, found none/],
    ['a blob is too short', (file: string) => writeFileSync(file, 'x'), 'size', /expected \d+ bytes, found 1$/],
    [
      'a blob was changed',
      (file: string) => writeFileSync(file, readFileSync(file).fill(0, 20, 24)),
      'digest',
      /expected sha256:.*, found sha256:/,
    ],
  ])('is refused when %s', async (_what, damage, code, message) => {
    const damaged = join(folder, `damaged-${code}`);
    cpSync(layout, damaged, { recursive: true });
    const index = JSON.parse(readFileSync(join(damaged, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
    const blob = (digest: string): string => join(damaged, 'blobs/sha256', digest.slice(7));
    const manifest = JSON.parse(readFileSync(blob(index.manifests[0]?.digest ?? ''), 'utf8')) as {
      layers: Descriptor[];
    };
    damage(blob(manifest.layers[0]?.digest ?? ''));
    await expect(pullImage(freshCache(), `oci:${damaged}:web`)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['a folder that is none', 'oci:%/empty', 'expected an OCI layout, found no index.json'],
    ['a folder that does not exist', 'oci:%/nowhere', 'no such file or folder'],
    ['a file', 'oci:%/layout/oci-layout', 'expected a folder with an OCI layout, found a file'],
    ['an archive that is a folder', 'oci-archive:%/layout', 'expected a tar archive, found a folder'],
  ])('is not looked for in %s', async (_what, reference, message) => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    await expect(pullImage(freshCache(), reference.replace('%', folder))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    });
  });
});

describe('an OCI archive', () => {
  it('gives the same image as the layout', async () => {
    const file = join(folder, 'web-oci.tar');
    await copyImage(`oci:${layout}:web`, `oci-archive:${file}:web`);
    const expected = await digestBySkopeo(`oci:${layout}:web`);
    expect((await digests(`oci-archive:${file}`)).digest).toBe(expected);
    expect((await digests(`oci-archive:${file}:web`)).digest).toBe(expected);
  });

  it('is refused when it is compressed as a whole, with the way to unpack it', async () => {
    const file = join(folder, 'web-oci.tar');
    await execa('gzip', ['--keep', '--force', file]);
    await expect(pullImage(freshCache(), `oci-archive:${file}.gz`)).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringContaining('found one compressed with gzip'),
      hint: expect.stringContaining('gunzip'),
    });
  });

  it('is refused when it is cut short', async () => {
    const file = join(folder, 'web-oci.tar');
    const archive = readFileSync(file);
    // Inside of a file's content: skopeo orders blobs by digest, so that any other place would differ from run to run.
    const end = archive.indexOf('index.json\0') + 512 + 10;
    writeFileSync(`${file}.short`, archive.subarray(0, end));
    await expect(pullImage(freshCache(), `oci-archive:${file}.short`)).rejects.toMatchObject({ code: 'archive' });
  });
});

describe('a docker-archive', () => {
  it('of buildah and of skopeo gives the layers of the image', async () => {
    const built = join(folder, 'built.tar');
    await buildahImage(`docker-archive:${built}:web:1`, { layers: [{ 'etc/a': 'x' }] });
    const copied = join(folder, 'copied.tar');
    await copyImage(`oci:${layout}:web`, `docker-archive:${copied}:web:2`);
    for (const [file, tag] of [
      [built, 'web:1'],
      [copied, 'docker.io/library/web:2'],
    ]) {
      const expected = (await configOf(`docker-archive:${file}`)).rootfs.diff_ids;
      expect((await digests(`docker-archive:${file}`)).diffIds).toEqual(expected);
      expect((await digests(`docker-archive:${file}:${tag}`)).diffIds).toEqual(expected);
    }
    expect((await digests(`docker-archive:${copied}`)).digest).toBe((await digests(`docker-archive:${copied}`)).digest);
  });

  const plain = rawEntry({ name: 'hello', data: 'hi' });
  const layer = Buffer.concat([plain, Buffer.alloc(1024)]);
  const { config } = sampleImage({ diffIds: [digestOf(layer)] });
  const list = (images: unknown): Buffer => rawEntry({ name: 'manifest.json', data: JSON.stringify(images) });
  const one = { Config: 'c.json', RepoTags: ['web:1'], Layers: ['l/layer.tar'] };

  it('may have its layer behind links, as old versions of Docker wrote it', async () => {
    const file = archive('links.tar', [
      rawEntry({ name: 'l/layer.tar', typeflag: '2', link: '../real/layer.tar' }),
      rawEntry({ name: 'real/layer.tar', data: layer }),
      rawEntry({ name: './c.json', data: config }),
      list([one]),
    ]);
    expect((await digests(`docker-archive:${file}`)).diffIds).toEqual([digestOf(layer)]);
  });

  it('may be an OCI layout as well, as new versions of Docker write it', async () => {
    const { layers } = sampleImage();
    const compressed = layers[0] as Buffer;
    const blob = (bytes: Buffer): string => `blobs/sha256/${hexOf(digestOf(bytes))}`;
    const gzipConfig = sampleImage({ diffIds: [digestOf(Buffer.from('not checked here'))] }).config;
    const file = archive('new.tar', [
      rawEntry({ name: blob(compressed), data: compressed }),
      rawEntry({ name: blob(gzipConfig), data: gzipConfig }),
      list([{ Config: blob(gzipConfig), RepoTags: null, Layers: [blob(compressed)] }]),
    ]);
    const pulled = await pullImage(freshCache(), `docker-archive:${file}`);
    expect(pulled.layers[0]?.descriptor).toEqual({
      mediaType: mediaTypes.ociLayerGzip,
      digest: digestOf(compressed),
      size: compressed.length,
    });
  });

  it.each<[string, Buffer[], string, RegExp]>([
    ['has no manifest.json', [rawEntry({ name: 'x' })], 'not-found', /found no manifest\.json$/],
    [
      'names a file that is not there',
      [rawEntry({ name: 'c.json', data: config }), list([one])],
      'manifest',
      /expected the file "l\/layer\.tar"/,
    ],
    [
      'names a file outside',
      [list([{ ...one, Config: '../../etc/passwd' }])],
      'manifest',
      /expected the file "\.\.\/\.\.\/etc\/passwd"/,
    ],
    [
      'has another number of layers than its config',
      [rawEntry({ name: 'c.json', data: config }), list([{ ...one, Layers: [] }])],
      'manifest',
      /diff_ids: expected 0 as manifest\.json has layers, found 1$/,
    ],
    [
      'has a layer that is not the one of its config',
      [
        rawEntry({ name: 'c.json', data: config }),
        rawEntry({ name: 'l/layer.tar', data: Buffer.alloc(2048) }),
        list([one]),
      ],
      'digest',
      /expected sha256:.*, found sha256:/,
    ],
    [
      'holds several images',
      [list([one, { ...one, RepoTags: ['db:1'] }])],
      'not-found',
      /expected one image, found web:1, db:1$/,
    ],
    ['holds no list', [list({})], 'manifest', /manifest\.json: document: expected a list, found \{\}$/],
    [
      'links in a circle',
      [rawEntry({ name: 'manifest.json', typeflag: '2', link: 'manifest.json' })],
      'not-found',
      /no manifest\.json$/,
    ],
    ['has a damaged header', [paxEntry({ path: 'x' }), Buffer.alloc(512, 7)], 'archive', /opening ".*"/],
  ])('is refused when it %s', async (what, entries, code, message) => {
    const file = archive(`${what.replaceAll(' ', '-')}.tar`, entries);
    await expect(pullImage(freshCache(), `docker-archive:${file}`)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('is read again when it changes, unless the lock pins what it was', async () => {
    const file = join(folder, 'changing.tar');
    await copyImage(`oci:${layout}:web`, `docker-archive:${file}:web:1`);
    const reference = `docker-archive:${file}`;
    const cache = freshCache();
    const { digest } = await pullImage(cache, reference);
    const lock = { version: 1, images: { [reference]: { 'linux/amd64': digest } }, recipes: {} } as const;
    await umociImage(layout, 'changed', { layers: [{ 'etc/c': 'new' }] });
    rmSync(file);
    await copyImage(`oci:${layout}:changed`, `docker-archive:${file}:web:1`);
    expect((await pullImage(cache, reference)).digest).not.toBe(digest);
    const { resolved } = await pullImages(cache, [reference], { lock });
    expect(resolved.get(reference)).toMatchObject({ from: 'store', manifest: { digest } });
    await expect(pullImage(freshCache(), reference, { lock })).rejects.toMatchObject({
      code: 'lock',
      message: expect.stringContaining(`expected ${digest} as in tskit.lock`),
      hint: expect.stringContaining('tskit lock --update'),
    });
  });
});
