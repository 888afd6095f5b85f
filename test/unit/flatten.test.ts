// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, type FileTree, textOf } from '../../src/file-tree.ts';
import { readContent } from '../../src/content.ts';
import { flatten } from '../../src/flatten.ts';
import { testContext } from '../support/build-context.ts';
import { emptySpec } from '../support/empty-spec.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { type ImageLayer, writeImage } from '../support/layer-image.ts';
import { paxEntry, rawEntry, rawTar } from '../support/raw-tar.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder[Symbol.dispose]();
  vi.unstubAllEnvs();
});

function load(...layers: readonly (ImageLayer | Buffer)[]): Promise<FileTree> {
  const image = writeImage(
    join(folder.path, 'layout'),
    layers.map((layer) => (Buffer.isBuffer(layer) ? { tar: layer } : layer)),
  );
  return flattenImage(image, testContext(join(folder.path, 'cache')));
}

/** Path -> text of a file, target of a link, else the type. */
function summary(tree: FileTree): Record<string, string> {
  const rows = [...tree].map(([path, inode]): [string, string] => {
    if (inode.type === 'file') return [textOf(path), readContent(inode.content, 1 << 20).toString()];
    return [textOf(path), inode.type === 'symlink' ? `-> ${inode.target}` : inode.type];
  });
  return Object.fromEntries(rows.filter(([path]) => path !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
}

const file = (name: string, data = name) => rawEntry({ name, data });
const folderEntry = (name: string) => rawEntry({ name, typeflag: '5' });
const link = (name: string, target: string) => rawEntry({ name, typeflag: '1', link: target });
const symlink = (name: string, target: string) => rawEntry({ name, typeflag: '2', link: target });

describe('flattening', () => {
  const tar = rawTar({ name: 'a', data: 'content' });
  const spool = (): string => join(folder.path, 'cache/diff/sha256');

  it('does nothing before a tree is loaded, and loads an image once for all its references', async () => {
    const image = writeImage(join(folder.path, 'layout'), [{ tar }]);
    const images = new Map(['one', 'two'].map((reference) => [reference, { ...image, reference }]));
    const spec = emptySpec();
    const flattened = flatten(
      { spec, platform: { os: 'linux', architecture: 'amd64' }, images, layouts: new Map() },
      testContext(join(folder.path, 'cache')),
    );
    expect(existsSync(join(folder.path, 'cache'))).toBe(false);
    const [one, two] = ['one', 'two'].map((reference) => flattened.images.get(reference)?.tree);
    expect(one?.key).toContain(image.digest);
    const trees = await Promise.all([one?.load(), two?.load()]);
    expect(trees[0]).toBe(trees[1]);
  });

  it('spools a compressed layer once and reads a plain one where it is', async () => {
    const contentFile = async (compression: 'gzip' | 'none'): Promise<string | undefined> => {
      const inode = (await load({ tar, compression })).get('a' as Bytes);
      return inode?.type === 'file' && inode.content.kind === 'range' ? inode.content.file : undefined;
    };
    expect(await contentFile('none')).toContain('/layout/blobs/sha256/');
    expect(existsSync(spool())).toBe(false);
    const spooled = await contentFile('gzip');
    expect(spooled?.startsWith(spool())).toBe(true);
    rmSync(join(folder.path, 'layout'), { recursive: true });
    expect(await contentFile('none')).toBe(spooled);
  });

  it('comes out whole when several builds spool the same layer at once', async () => {
    const image = writeImage(join(folder.path, 'layout'), [{ tar }]);
    const trees = await Promise.all(
      Array.from({ length: 4 }, () => flattenImage(image, testContext(join(folder.path, 'cache')))),
    );
    expect(trees.map(summary)).toEqual(Array.from({ length: 4 }, () => ({ a: 'content' })));
    expect([readdirSync(spool()).length, readdirSync(join(folder.path, 'cache/tmp')).length]).toEqual([1, 0]);
  });

  it('leaves nothing in the spool when it is interrupted', async () => {
    const interruption = new AbortController();
    const image = writeImage(join(folder.path, 'layout'), [
      { tar: rawTar({ name: 'zeros', data: Buffer.alloc(64 << 20) }) },
    ]);
    setTimeout(() => interruption.abort(), 20);
    const loading = flattenImage(image, testContext(join(folder.path, 'cache'), { signal: interruption.signal }));
    await expect(loading).rejects.toMatchObject({ code: 'interrupted' });
    expect(readdirSync(join(folder.path, 'cache/tmp'))).toEqual([]);
    expect(existsSync(spool())).toBe(false);
  });
});

describe('whiteouts', () => {
  const lower = rawTar(folderEntry('d'), file('d/a'), file('d/b'), folderEntry('d/e'), file('d/e/f'));

  it('hide what lower layers have', async () => {
    expect(summary(await load(lower, rawTar(file('d/.wh.a', ''), file('d/.wh.e', ''))))).toEqual({
      d: 'directory',
      'd/b': 'd/b',
    });
  });

  it.each([
    ['before', rawTar(file('d/.wh.e', ''), folderEntry('d/e'), file('d/e/new'))],
    ['after', rawTar(folderEntry('d/e'), file('d/e/new'), file('d/.wh.e', ''))],
  ])('spare what the same layer brings, when they stand %s it', async (_, upper) => {
    const tree = summary(await load(lower, upper));
    expect(Object.keys(tree)).toEqual(['d', 'd/a', 'd/b', 'd/e', 'd/e/new']);
  });

  it.each([
    ['before', rawTar(file('d/.wh..wh..opq', ''), folderEntry('d/e'), file('d/e/new'), file('d/top'))],
    ['after', rawTar(folderEntry('d/e'), file('d/e/new'), file('d/top'), file('d/.wh..wh..opq', ''))],
  ])('that are opaque hide only lower layers, when they stand %s what is new', async (_, upper) => {
    expect(Object.keys(summary(await load(lower, upper)))).toEqual(['d', 'd/e', 'd/e/new', 'd/top']);
  });

  it('that are opaque in the root hide all of the lower layers', async () => {
    expect(summary(await load(lower, rawTar(file('.wh..wh..opq', ''), file('x'))))).toEqual({ x: 'x' });
  });

  it('of the lowest layer or of nothing do nothing', async () => {
    expect(summary(await load(rawTar(file('.wh.x', ''), file('no/such/.wh..wh..opq', ''), file('a'))))).toEqual({
      a: 'a',
    });
  });

  it('of AUFS itself are left out', async () => {
    expect(summary(await load(rawTar(file('.wh..wh.aufs', ''), file('.wh..wh.plnk', ''), file('a'))))).toEqual({
      a: 'a',
    });
  });

  it('do not break hard links that remain', async () => {
    const tree = await load(rawTar(file('a'), link('b', 'a'), link('c', 'a')), rawTar(file('.wh.a', '')));
    expect(summary(tree)).toEqual({ b: 'a', c: 'a' });
    expect(tree.get('b' as never)).toBe(tree.get('c' as never));
  });

  it.each(['.wh.', '.wh..', '.wh...', 'd/.wh...'])('named %j are refused', async (name) => {
    await expect(load(lower, rawTar(file(name, '')))).rejects.toMatchObject({
      code: 'layer',
      message: expect.stringContaining('names no file'),
    });
  });
});

describe('paths', () => {
  it('of absolute names and links stay inside of the root', async () => {
    const tree = await load(
      rawTar(symlink('etc-link', '/../../../etc'), symlink('out', '../../..')),
      rawTar(file('/etc-link/passwd'), file('out/x'), file('//abs')),
    );
    expect(summary(tree)).toEqual({
      abs: '//abs',
      etc: 'directory',
      'etc-link': '-> /../../../etc',
      'etc/passwd': '/etc-link/passwd',
      out: '-> ../../..',
      x: 'out/x',
    });
  });

  it("make the parents that are missing as root's", async () => {
    const tree = await load(rawTar(file('a/b/c')));
    expect(tree.get('a/b' as never)).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  });

  it.each([
    ['..', rawTar(file('../evil')), /path "..\/evil" contains ".."/],
    ['.. in the middle', rawTar(file('a/../../evil')), /contains ".."/],
    ['.. as the name', rawTar(folderEntry('a/..')), /contains ".."/],
    [
      '.. in the target of a hard link',
      rawTar(link('a', '../../etc/shadow')),
      /link target "..\/..\/etc\/shadow" contains ".."/,
    ],
    ['a NUL byte', rawTar(paxEntry({ path: 'a\0b' }), file('x')), /NUL byte/],
    [
      'a name of 256 bytes',
      rawTar(paxEntry({ path: 'n'.repeat(256) }), file('x')),
      /a name of 256 bytes, expected at most 255/,
    ],
    [
      'more than 4095 bytes',
      rawTar(paxEntry({ path: 'n/'.repeat(2048) + 'nn' }), file('x')),
      /has 4098 bytes, expected at most 4095/,
    ],
    ['a file as parent', rawTar(file('a'), file('a/b')), /"a" is a file, expected a directory/],
    [
      'a loop of links as parent',
      rawTar(symlink('a', 'b'), symlink('b', 'a'), file('a/x')),
      /more than 255 symbolic links, a loop/,
    ],
    ['a root that is a link', rawTar(symlink('.', '/etc')), /the root itself is a symlink, expected a directory/],
    ['an empty link target', rawTar(symlink('a', '')), /"a" has an empty target/],
    ['a uid that means none', rawTar(paxEntry({ uid: '4294967295' }), file('a')), /"a" has the uid 4294967295/],
  ])('with %s are refused', async (_, tar, message) => {
    await expect(load(tar)).rejects.toMatchObject({ code: 'layer', message: expect.stringMatching(message) });
  });

  it('that links lengthen beyond what Linux has are refused', async () => {
    const deep = Array.from({ length: 16 }, () => 'd'.repeat(250)).join('/');
    const tar = rawTar(
      paxEntry({ path: deep }),
      folderEntry('x'),
      paxEntry({ linkpath: deep }),
      symlink('l', 'x'),
      file(`l/${'e'.repeat(90)}`),
    );
    await expect(load(tar)).rejects.toMatchObject({
      code: 'layer',
      message: expect.stringContaining('a path of more than 4095 bytes'),
    });
  });
});

describe('hard links', () => {
  it('share one inode with their target, also across layers and through links among its parents', async () => {
    const tree = await load(
      rawTar(folderEntry('usr'), file('usr/a'), symlink('l', 'usr')),
      rawTar(link('b', '/usr/a'), link('c', 'l/a')),
    );
    expect(tree.get('b' as never)).toBe(tree.get('usr/a' as never));
    expect(tree.get('c' as never)).toBe(tree.get('usr/a' as never));
  });

  it('to themselves change nothing', async () => {
    expect(summary(await load(rawTar(file('a'), link('a', 'a'))))).toEqual({ a: 'a' });
  });

  it.each([
    ['nothing', rawTar(link('a', 'missing')), /hard link "a" to "missing": the target does not exist/],
    ['what a later entry brings', rawTar(link('a', 'b'), file('b')), /does not exist/],
    ['a directory', rawTar(folderEntry('d'), link('a', 'd')), /the target is a directory/],
    ['the root', rawTar(link('a', '/')), /the target is a directory/],
  ])('to %s are refused', async (_, tar, message) => {
    await expect(load(tar)).rejects.toMatchObject({ code: 'layer', message: expect.stringMatching(message) });
  });

  it('to what the layer took away before are refused', async () => {
    await expect(load(rawTar(file('a')), rawTar(file('.wh.a', ''), link('b', 'a')))).rejects.toMatchObject({
      code: 'layer',
    });
  });
});

describe('a damaged layer', () => {
  const tar = rawTar({
    name: 'a',
    data: Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) >> 3)),
  });
  const gzip = { tar, compression: 'gzip' } as const;
  const zstd = { tar, compression: 'zstd' } as const;
  const stored = (layer: ImageLayer): Buffer => {
    const { layers } = writeImage(join(folder.path, 'whole'), [layer]);
    return readFileSync(layers[0]?.blob ?? '');
  };

  it.each([
    ['gzip, truncated', gzip, (blob: Buffer) => blob.subarray(0, -20), 'archive', /gzip: the stream ends early/],
    ['gzip, bit-flipped', gzip, (blob: Buffer) => flip(blob, blob.length >> 1), 'archive|digest', /gzip: |digest/],
    ['gzip, another one behind it', gzip, (blob: Buffer) => Buffer.concat([blob, blob]), 'digest', /expected sha256:/],
    [
      'zstd, truncated',
      zstd,
      (blob: Buffer) => blob.subarray(0, -20),
      'archive',
      /zstd: the stream ends in the middle of a frame/,
    ],
    ['zstd, bit-flipped', zstd, (blob: Buffer) => flip(blob, blob.length >> 1), 'archive|digest', /zstd: |digest/],
    [
      'zstd, garbage behind it',
      zstd,
      (blob: Buffer) => Buffer.concat([blob, Buffer.from('garbage')]),
      'archive',
      /zstd: expected a frame/,
    ],
    ['HTML instead of a layer', gzip, () => Buffer.from('<html>not here</html>'), 'digest', /expected sha256:/],
    [
      'another layer than the config says',
      gzip,
      () => stored({ tar: rawTar({ name: 'b' }) }),
      'digest',
      /has the digest sha256:/,
    ],
  ])('(%s) is refused by name, and nothing of it stays', async (_, layer, damage, codes, message) => {
    const blob = damage(stored(layer));
    const error: unknown = await load(rawTar({ name: 'good' }), { ...layer, blob }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: expect.stringMatching(codes), message: expect.stringMatching(message) });
    expect(error).toMatchObject({
      message: expect.stringMatching(/^flattening "test.example\/image": layer 2 of 2 \(sha256:[0-9a-f]{64}\): /),
    });
    expect(readdirSync(join(folder.path, 'cache/tmp'))).toEqual([]);
    expect(readdirSync(join(folder.path, 'cache/diff/sha256'))).toHaveLength(1);
  });

  it('that is truncated inside of a good gzip is refused', async () => {
    await expect(load(tar.subarray(0, 50_000))).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringContaining('"a" needs 100000 bytes'),
    });
  });
});

describe('a layer that unpacks to too much', () => {
  it('is stopped at the limit of the environment and leaves nothing', async () => {
    vi.stubEnv('TSKIT_LAYER_LIMIT', '1M');
    await expect(load(rawTar({ name: 'zeros', data: Buffer.alloc(3 << 20) }))).rejects.toMatchObject({
      code: 'size',
      message: expect.stringMatching(/layer 1 of 1 .*unpacks to more than its limit, expected at most 1048576 bytes/),
      hint: expect.stringContaining('TSKIT_LAYER_LIMIT'),
    });
    expect(readdirSync(join(folder.path, 'cache/tmp'))).toEqual([]);
  });

  it('is stopped when sparse files claim it', async () => {
    const sparse = paxEntry({
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'huge',
      'GNU.sparse.realsize': String(10 * 2 ** 30),
    });
    const tar = rawTar(sparse, { name: 'x', data: '1\n0\n0\n'.padEnd(512, '\0') });
    await expect(load(tar)).rejects.toMatchObject({
      code: 'size',
      message: expect.stringContaining('"huge" of 10737418240 bytes'),
    });
    expect(existsSync(join(folder.path, 'cache/diff/sparse'))).toBe(false);
  });

  it('says so of a limit that is no size', async () => {
    vi.stubEnv('TSKIT_LAYER_LIMIT', 'lots');
    await expect(load(rawTar())).rejects.toMatchObject({ code: 'usage' });
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 0x10;
  return flipped;
}
