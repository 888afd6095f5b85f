// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RootImage, writeRootImage } from '../../src/emit/root-image.ts';
import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { writeImage } from '../support/layer-image.ts';
import { oddLayers } from '../support/odd-layers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree } from '../support/tree-rows.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

const prefix = 'containers/images/0123456789abcdef';

describe('a root image', () => {
  it('passes fsck.erofs and veritysetup, and is extracted to what the trees hold', async () => {
    using folder = temporaryFolder();
    const ctx = testContext(join(folder.path, 'cache'));
    const tree = await flattenImage(
      writeImage(
        join(folder.path, 'layout'),
        oddLayers.map((tar) => ({ tar })),
      ),
      ctx,
    );
    const rootfs = rootfsOf([
      { prefix, tree: lazy(tree, 'image') },
      { prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }) }), 'root') },
    ]);
    const image = await writeRootImage(rootfs, ctx);
    verify(image);
    const root = join(folder.path, 'root');
    execFileSync('fsck.erofs', [`--extract=${root}`, image.file]);
    expect(Object.fromEntries(rowsOfFolder(join(root, prefix)))).toEqual(Object.fromEntries(rowsOfTree(reduced(tree))));
    expect(readFileSync(join(root, 'init'), 'utf8')).toBe('init');
  });

  it('is the same to the bit from another cache, and comes from the cache a second time', async () => {
    using folder = temporaryFolder();
    let loads = 0;
    const rootfs = rootfsOf([
      { prefix, tree: lazy(treeOf({ a: file(Buffer.alloc(100_000, 'abc')) }), 'image', () => (loads += 1)) },
    ]);
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
});

/** What somebody else's readers say of it; throws when they find a fault. */
function verify(image: RootImage): void {
  execFileSync('fsck.erofs', ['--extract', image.file]);
  const hashes = [`--hash-offset=${image.fsSize}`, image.file, image.file, image.rootHash];
  execFileSync('veritysetup', ['verify', ...hashes]);
  expect(statSync(image.file).size).toBe(image.size);
}

/** What fsck.erofs extracts: no extended attributes, no links, and no setuid bits, since it changes owners last. */
function reduced(tree: FileTree): FileTree {
  const copy = (inode: Inode): Inode => {
    const { xattrs: _xattrs, ...rest } = inode;
    return rest.type === 'file' ? { ...rest, mode: rest.mode & 0o1777 } : rest;
  };
  return new Map<Bytes, Inode>([...tree].map(([path, inode]) => [path, copy(inode)]));
}
