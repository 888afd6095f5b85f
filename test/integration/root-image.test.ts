// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { type RootImage, writeRootImage } from '../../src/emit/root-image.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { hardTree, noise } from '../support/hard-tree.ts';
import { writeImage } from '../support/layer-image.ts';
import { oddLayers } from '../support/odd-layers.ts';
import { randomNumbers } from '../support/random-settings.ts';
import { randomTree } from '../support/random-tree.ts';
import { extractedTree, verifyImage, verityArgs } from '../support/root-images.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree } from '../support/tree-rows.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

const prefix = 'containers/images/0123456789abcdef';
const long = process.env['TSKIT_TEST_LONG'] === '1';

describe('a root image', () => {
  it('passes fsck.erofs and veritysetup, and is extracted to what the trees hold', async () => {
    using folder = temporaryFolder();
    const ctx = testContext(join(folder.path, 'cache'));
    const layers = oddLayers.map((tar) => ({ tar }));
    const tree = await flattenImage(writeImage(join(folder.path, 'layout'), layers), ctx);
    const rootfs = rootfsOf([
      { prefix, tree: lazy(tree, 'image') },
      { prefix: 'hard', tree: lazy(hardTree(), 'hard') },
      { prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }) }), 'root') },
    ]);
    const image = await writeRootImage(rootfs, ctx);
    verifyImage(image);
    expect(statSync(image.file).size).toBe(image.size);
    const root = join(folder.path, 'root');
    execFileSync('fsck.erofs', [`--extract=${root}`, image.file]);
    for (const [path, expected] of [
      [prefix, tree],
      ['hard', hardTree()],
    ] as const) {
      const rows = Object.fromEntries(rowsOfFolder(join(root, path)));
      expect(rows).toEqual(Object.fromEntries(rowsOfTree(extractedTree(expected))));
    }
    expect(readFileSync(join(root, 'init'), 'utf8')).toBe('init');
  });

  it('is the same to the bit from another cache, and comes from the cache a second time', async () => {
    using folder = temporaryFolder();
    let loads = 0;
    const rootfs = rootfsOf([{ prefix, tree: lazy(hardTree(), 'image', () => (loads += 1)) }]);
    const images: RootImage[] = [];
    for (const cache of ['one', 'one', 'two']) {
      images.push(await writeRootImage(rootfs, testContext(join(folder.path, cache))));
    }
    expect(loads).toBe(2);
    expect(images.map(({ rootHash }) => rootHash)).toEqual(images.map(() => images[0]?.rootHash));
    const digests = images.map((image) => createHash('sha256').update(readFileSync(image.file)).digest('hex'));
    expect(new Set(digests).size).toBe(1);
    expect(images[0]?.partUuid.replaceAll('-', '')).toBe(images[0]?.rootHash.slice(0, 32));
  });

  it('is looked at again when the machine went down since, and made anew when it is damaged', async () => {
    using folder = temporaryFolder();
    const ctx = testContext(join(folder.path, 'cache'));
    let loads = 0;
    const rootfs = rootfsOf([{ prefix, tree: lazy(hardTree(), 'image', () => (loads += 1)) }]);
    const image = await writeRootImage(rootfs, ctx);
    const good = readFileSync(image.file);
    const record = image.file.replace(/img$/, 'json');
    const forget = (): void => {
      const before = JSON.parse(readFileSync(record, 'utf8')) as object;
      writeFileSync(record, JSON.stringify({ ...before, boot: 'an earlier one' }));
    };
    forget();
    await writeRootImage(rootfs, ctx);
    expect(loads).toBe(1);
    for (const at of [5000, image.fsSize + 100, image.size - 4000]) {
      const damaged = Buffer.from(good);
      damaged.fill(1, at, at + 100);
      writeFileSync(image.file, damaged);
      forget();
      await writeRootImage(rootfs, ctx);
    }
    expect(loads).toBe(4);
    expect(readFileSync(image.file).equals(good)).toBe(true);
  });

  it('is one of a few that the cache keeps', async () => {
    using folder = temporaryFolder();
    const ctx = testContext(join(folder.path, 'cache'));
    const write = (name: string): Promise<RootImage> =>
      writeRootImage(rootfsOf([{ prefix, tree: lazy(treeOf({ name: file(name) }), name) }]), ctx);
    const files: string[] = [];
    for (const name of ['a', 'b', 'c', 'a', 'd']) {
      const { file: path } = await write(name);
      utimesSync(path, 1000 + files.length, 1000 + files.length);
      files.push(path);
    }
    const [a, b, c, , d] = files;
    const names = readdirSync(join(folder.path, 'cache/root')).filter((name) => name.endsWith('.img'));
    expect(names.toSorted()).toEqual([a, c, d].map((path) => basename(path ?? '')).toSorted());
    expect(names).not.toContain(basename(b ?? ''));
  });

  it('is not there at all when its making is interrupted or fails', async () => {
    using folder = temporaryFolder();
    const cache = join(folder.path, 'cache');
    const controller = new AbortController();
    const interrupted = rootfsOf([
      { prefix: 'a', tree: lazy(hardTree(), 'a') },
      { prefix: 'b', tree: lazy(hardTree(), 'b', () => controller.abort('SIGINT')) },
    ]);
    const ctx = testContext(cache, { signal: controller.signal });
    await expect(writeRootImage(interrupted, ctx)).rejects.toMatchObject({ code: 'interrupted' });
    const content = { kind: 'range', file: join(folder.path, 'gone'), offset: 0, size: 9000 } as const;
    const failing = rootfsOf([
      { prefix: 'a', tree: lazy(hardTree(), 'a') },
      { prefix: 'b', tree: lazy(treeOf({ gone: file('', { content }) }), 'c') },
    ]);
    await expect(writeRootImage(failing, testContext(cache))).rejects.toThrow(`reading "${content.file}"`);
    expect([readdirSync(join(cache, 'root')), readdirSync(join(cache, 'tmp'))]).toEqual([[], []]);
  });

  it('has equal contents once, whatever images they are in', async () => {
    using folder = temporaryFolder();
    const content = noise(3_000_000, 1);
    const one = await writeRootImage(
      rootfsOf([{ prefix: 'a', tree: lazy(treeOf({ content: file(content) }), 'a') }]),
      testContext(join(folder.path, 'one')),
    );
    const trees = ['a', 'b', 'c'].map((name) => ({
      prefix: name,
      tree: lazy(treeOf({ [`content of ${name}`]: file(Buffer.from(content)) }), name),
    }));
    const three = await writeRootImage(rootfsOf(trees), testContext(join(folder.path, 'three')));
    verifyImage(three);
    expect(three.fsSize - one.fsSize).toBeLessThanOrEqual(4096);
  });

  it.each(Array.from({ length: long ? 300 : 12 }, (_, seed) => seed))('is right for random trees: %i', async (seed) => {
    using folder = temporaryFolder();
    const trees = [2 * seed, 2 * seed + 1].map(randomTree);
    const placed = trees.map((tree, index) => ({ prefix: `tree/${index}`, tree: lazy(tree, `${index}`) }));
    const image = await writeRootImage(rootfsOf(placed), testContext(join(folder.path, 'cache')));
    verifyImage(image);
    const root = join(folder.path, 'root');
    execFileSync('fsck.erofs', [`--extract=${root}`, image.file]);
    for (const [index, tree] of trees.entries()) {
      const rows = Object.fromEntries(rowsOfFolder(join(root, 'tree', String(index))));
      expect(rows).toEqual(Object.fromEntries(rowsOfTree(extractedTree(tree))));
    }
  });

  it('is refused by veritysetup with any byte changed', async () => {
    using folder = temporaryFolder();
    const rootfs = rootfsOf([{ prefix: 'tree', tree: lazy(randomTree(1), 'tree') }]);
    const image = await writeRootImage(rootfs, testContext(join(folder.path, 'cache')));
    const bytes = readFileSync(image.file);
    const next = randomNumbers(1);
    const passed: number[] = [];
    for (let left = long ? 1000 : 60; left > 0; ) {
      const at = Math.floor(next() * bytes.length);
      if (isIgnored(at - image.fsSize)) continue;
      left -= 1;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      const copy = join(folder.path, 'copy');
      writeFileSync(copy, changed);
      const { exitCode } = await execa('veritysetup', ['verify', ...verityArgs(image, copy)], { reject: false });
      if (exitCode === 0) passed.push(at);
    }
    expect(passed).toEqual([]);
  });
});

/** Of the superblock of dm-verity: its UUID, the place for a salt that is not there, and what fills its block. */
function isIgnored(at: number): boolean {
  return (at >= 16 && at < 32) || (at >= 82 && at < 4096);
}
