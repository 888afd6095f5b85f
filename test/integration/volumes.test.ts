// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Volumes that hold images, from a registry to the root file system; skopeo judges the layouts.

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lock } from '../../src/lock.ts';
import { type Descriptor, type Index, mediaTypes } from '../../src/oci/types.ts';
import { runTskit } from '../support/cli.ts';
import { copyImage, umociImage } from '../support/images.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { describeManifest, pushIndex } from '../support/registry-index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const workplace = temporaryFolder();
const layout = join(workplace.path, 'layout');
let registry: TestRegistry;
let builds = 0;

beforeAll(async () => {
  registry = await startRegistry();
  for (const architecture of ['amd64', 'arm64']) {
    const layers = [{ 'etc/shared': 'the same for all' }, { 'etc/arch': architecture }];
    await umociImage(layout, architecture, { architecture, layers, entrypoint: ['/none'] });
  }
  await pushIndex(registry.host, layout, { name: 'multi', tag: '1' });
  await pushIndex(registry.host, layout, { name: 'docker', tag: '1', format: 'v2s2' });
});
afterAll(async () => {
  await registry.stop();
  workplace[Symbol.dispose]();
});

interface Built {
  readonly exitCode: number | undefined;
  readonly stderr: string;
  /** The root file system, unpacked. */
  readonly root: string;
  readonly tar: string;
}

/** Builds a spec of these volumes into a folder of its own and unpacks it. REGISTRY and LAYOUT are replaced. */
async function build(
  volumes: string,
  options: { cache?: string; args?: readonly string[]; folder?: string } = {},
): Promise<Built> {
  builds += 1;
  const folder = options.folder ?? join(workplace.path, `build-${builds}`);
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(folder, 'os.yml'), volumes.replaceAll('REGISTRY', registry.host).replaceAll('LAYOUT', layout));
  const cache = options.cache ?? join(folder, 'cache');
  const common = ['--cache', cache, '--dir', folder, '--format', 'tar', ...(options.args ?? [])];
  const { exitCode, stderr } = await runTskit(['build', ...common, join(folder, 'os.yml')]);
  const tar = join(folder, 'os.tar');
  if (exitCode === 0) await execa('tar', ['--extract', '--file', tar, '--directory', root]);
  return { exitCode, stderr, root, tar };
}

/** Where a volume's content is. */
const lower = ({ root }: Built, volume: string): string => join(root, 'containers/volumes', volume, 'lower');

/** Checks a layout: what it must have, one entry, and every blob as its name says. Gives the entry. */
function entryOf(folder: string): Descriptor {
  expect(JSON.parse(readFileSync(join(folder, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  for (const name of readdirSync(join(folder, 'blobs/sha256'))) {
    const bytes = readFileSync(join(folder, 'blobs/sha256', name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name);
  }
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;
  expect(manifests).toHaveLength(1);
  return manifests[0] as Descriptor;
}

const blobCount = (folder: string): number => readdirSync(join(folder, 'blobs/sha256')).length;

/** The architecture of the image that skopeo finds for a machine of this one. */
async function inspect(folder: string, architecture: string): Promise<string> {
  const { stdout } = await execa('skopeo', ['--override-arch', architecture, 'inspect', `oci:${folder}`]);
  return (JSON.parse(stdout) as { Architecture: string }).Architecture;
}

/** Copies all of a layout with skopeo, which fails when anything is missing. */
async function copyAll(folder: string): Promise<void> {
  const target = join(workplace.path, `copy-${builds}`);
  await copyImage(`oci:${folder}`, `oci:${target}:all`, { all: true });
  rmSync(target, { recursive: true });
}

describe('a volume of format oci', () => {
  test('holds the index with every platform under its own digest', async () => {
    const built = await build('volumes: [{name: images, image: REGISTRY/multi:1, format: oci}]');
    expect(built.exitCode, built.stderr).toBe(0);
    const folder = lower(built, 'images');
    const { digest } = await describeManifest(registry.host, 'multi', '1');
    expect(entryOf(folder)).toMatchObject({
      digest,
      annotations: { 'org.opencontainers.image.ref.name': `${registry.host}/multi:1` },
    });
    for (const architecture of ['amd64', 'arm64']) expect(await inspect(folder, architecture)).toBe(architecture);
    await copyAll(folder);
  });

  test('holds the platforms asked for and nothing of others', async () => {
    const built = await build(
      'volumes: [{name: arm, image: REGISTRY/multi:1, format: oci, platforms: [linux/arm64], readonly: true}]',
    );
    const folder = lower(built, 'arm');
    entryOf(folder);
    // An index of one, its manifest and config, and two layers.
    expect(blobCount(folder)).toBe(5);
    expect(await inspect(folder, 'arm64')).toBe('arm64');
    await expect(inspect(folder, 'amd64')).rejects.toThrow(/no image found in image index for architecture amd64/);
    await copyAll(folder);
  });

  test("holds an image of Docker's media types so that OCI tools find it", async () => {
    const built = await build(
      'volumes: [{name: all, image: REGISTRY/docker:1, format: oci}, {name: one, image: REGISTRY/docker:arm64, format: oci}]',
    );
    expect(entryOf(lower(built, 'all')).mediaType).toBe(mediaTypes.ociIndex);
    for (const architecture of ['amd64', 'arm64'])
      expect(await inspect(lower(built, 'all'), architecture)).toBe(architecture);
    await copyAll(lower(built, 'all'));
    expect(entryOf(lower(built, 'one')).mediaType).toBe(mediaTypes.ociIndex);
    await copyAll(lower(built, 'one'));
  });

  test('takes nested indexes and attestations of a local layout as they are', async () => {
    const source = join(workplace.path, 'nested');
    await copyImage(`oci:${layout}:amd64`, `oci:${source}:amd64`);
    nestImage(source);
    const built = await build(`volumes: [{name: all, image: "oci:${source}:nested", format: oci}]`);
    expect(built.exitCode, built.stderr).toBe(0);
    const folder = lower(built, 'all');
    expect(entryOf(folder).annotations).toEqual({ 'org.opencontainers.image.ref.name': 'nested' });
    const blobs = (where: string): string[] => readdirSync(join(where, 'blobs/sha256')).toSorted();
    expect(blobs(folder)).toEqual(blobs(source));
  });

  test('is the same from the store without a network, and in another cache', async () => {
    const volumes =
      'volumes: [{name: all, image: REGISTRY/docker:1, format: oci}, {name: arm, image: REGISTRY/multi:1, format: oci, platforms: [linux/arm64]}]';
    const first = await build(volumes);
    const cache = join(first.root, '../cache');
    const again = await build(volumes, { cache, args: ['--offline'] });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(readFileSync(again.tar).equals(readFileSync(first.tar))).toBe(true);
    expect(readFileSync((await build(volumes)).tar).equals(readFileSync(first.tar))).toBe(true);
    const more = await build('volumes: [{name: all, image: REGISTRY/multi:1, format: oci}]', {
      cache,
      args: ['--offline'],
    });
    expect(more).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/for volume "all".*in the store, found --offline/),
    });
  });

  test('stays when the unneeded is cleaned from the cache', async () => {
    const volumes = 'volumes: [{name: all, image: REGISTRY/multi:1, format: oci}]';
    const first = await build(volumes);
    const cache = join(first.root, '../cache');
    expect((await runTskit(['cache', 'clean', '--cache', cache])).exitCode).toBe(0);
    expect((await build(volumes, { cache, args: ['--offline'] })).exitCode).toBe(0);
  });

  test.each([
    [
      'REGISTRY/multi:1',
      'linux/riscv64',
      /resolving "[^"]*multi:1" for volume "x": index .*: expected an image for linux\/riscv64, found linux\/amd64, linux\/arm64/,
    ],
    [
      'oci:LAYOUT:arm64',
      'linux/amd64',
      /pulling "oci:.*:arm64": image config: expected an image for linux\/amd64, found one for linux\/arm64/,
    ],
  ])('of %s for %s is an error', async (image, platform, message) => {
    const built = await build(`volumes: [{name: x, image: "${image}", format: oci, platforms: [${platform}]}]`);
    expect(built).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
  });
});

describe('tskit.lock', () => {
  test('pins what a layout is of, which stays when the tag moves', async () => {
    const [folder, other] = [join(workplace.path, 'locked'), join(workplace.path, 'locked-cache')];
    mkdirSync(folder);
    await pushIndex(registry.host, layout, { name: 'moving', tag: 'now' });
    const { digest } = await describeManifest(registry.host, 'moving', 'now');
    const volumes = [
      'volumes:',
      '  - {name: all, image: REGISTRY/moving:now, format: oci}',
      '  - {name: arm, image: REGISTRY/moving:now, format: oci, platforms: [linux/arm64]}',
      '  - {name: tree, image: REGISTRY/moving:now}',
    ].join('\n');
    writeFileSync(join(folder, 'os.yml'), volumes.replaceAll('REGISTRY', registry.host));
    const locked = await runTskit(['lock', '--cache', other, join(folder, 'os.yml')]);
    expect(locked.exitCode, locked.stderr).toBe(0);
    const lock = JSON.parse(readFileSync(join(folder, 'tskit.lock'), 'utf8')) as Lock;
    const amd64 = (await describeManifest(registry.host, 'moving', 'amd64')).digest;
    expect(lock.images).toEqual({ [`${registry.host}/moving:now`]: { all: digest, 'linux/amd64': amd64 } });

    await pushIndex(registry.host, layout, { name: 'moving', tag: 'now', architectures: ['amd64'] });
    const built = await build(volumes, { folder });
    expect(built.exitCode, built.stderr).toBe(0);
    expect(entryOf(lower(built, 'all')).digest).toBe(digest);
    expect(await inspect(lower(built, 'arm'), 'arm64')).toBe('arm64');
  });

  test('says when a local image is another one, and when a volume is new', async () => {
    const folder = join(workplace.path, 'locked-local');
    const source = join(folder, 'image');
    mkdirSync(folder);
    await copyImage(`oci:${layout}:amd64`, `oci:${source}:x`);
    const volumes = 'volumes: [{name: all, image: "oci:image:x", format: oci}]';
    writeFileSync(join(folder, 'os.yml'), volumes);
    expect((await runTskit(['lock', '--cache', join(folder, 'cache'), join(folder, 'os.yml')])).exitCode).toBe(0);
    expect((await build(volumes, { folder })).exitCode).toBe(0);
    await copyImage(`oci:${layout}:arm64`, `oci:${source}:x`);
    // The store has what is pinned; elsewhere there is only what the layout has now.
    expect((await build(volumes, { folder })).exitCode).toBe(0);
    expect((await build(volumes, { folder, cache: join(folder, 'other') })).stderr).toMatch(
      /for volume "all": expected sha256:\w+ as in tskit.lock, found/,
    );
    const more = await build('volumes: [{name: all, image: REGISTRY/multi:1, format: oci}]', { folder });
    expect(more.stderr).toMatch(/multi:1" for all platforms: expected it in tskit.lock, found nothing/);
  });
});

test('the tree of an image lies in the root once, whether volumes or containers use it', async () => {
  const built = await build(
    [
      'volumes: [{name: one, image: "oci:LAYOUT:amd64"}, {name: two, image: "oci:LAYOUT:amd64", readonly: true}, {name: none}]',
      'services: [{name: web, image: "oci:LAYOUT:amd64", binds: ["one:/one"]}]',
    ].join('\n'),
  );
  const { stdout } = await execa('find', [built.root, '-name', 'arch']);
  expect(stdout.split('\n')).toHaveLength(1);
  const trees = ['volumes/one', 'volumes/two', 'services/web'].map((folder) =>
    realpathSync(join(built.root, 'containers', folder, 'lower')),
  );
  expect(new Set(trees).size).toBe(1);
  expect(readFileSync(join(lower(built, 'one'), 'etc/arch'), 'utf8')).toBe('amd64');
  for (const name of ['one', 'two', 'none']) {
    const folder = join(built.root, 'containers/volumes', name);
    expect(readdirSync(folder).toSorted()).toEqual(['lower', 'merged', 'tmp']);
    for (const empty of ['merged', 'tmp']) expect(readdirSync(join(folder, empty))).toEqual([]);
  }
  expect(lstatSync(lower(built, 'none')).isDirectory()).toBe(true);
  expect(built.stderr).toContain('volume "two": no container uses it');
  expect(built.stderr).not.toContain('volume "one"');
});

/** Tags an index of an index of the layout's only image, with an attestation beside it, as `nested`. */
function nestImage(folder: string): void {
  const write = (value: object, mediaType: string): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(folder, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}` as Descriptor['digest'], size: bytes.length };
  };
  const index = (manifests: readonly Descriptor[]): Descriptor =>
    write({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;
  const [image] = manifests;
  if (image === undefined) throw new Error('the layout is empty');
  const { annotations: _, ...bare } = image;
  const attestation = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: write({ architecture: 'unknown', os: 'unknown' }, mediaTypes.ociConfig),
    layers: [write({ _type: 'https://in-toto.io/Statement/v0.1' }, 'application/vnd.in-toto+json')],
  };
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const inner = index([{ ...bare, platform: { os: 'linux', architecture: 'amd64' } }]);
  const outer = index([inner, { ...write(attestation, mediaTypes.ociManifest), platform: unknown }]);
  const named = { ...outer, annotations: { 'org.opencontainers.image.ref.name': 'nested' } };
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
}
