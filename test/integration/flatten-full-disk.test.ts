// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emit } from '../../src/emit/emit.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { writeImage } from '../support/layer-image.ts';
import { rawTar } from '../support/raw-tar.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

/** A file system of 2 MiB that is gone when the scope ends. */
function smallDisk(path: string): Disposable {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2M', 'tmpfs', path]);
  return { [Symbol.dispose]: () => execFileSync('umount', [path]) };
}

const target = { formats: ['kernel+initrd'], name: 'os' };
/** Does not compress. */
const noise = randomBytes(4 << 20);

describe('a full disk', () => {
  it('under the cache ends the spooling of a layer with what to do, and the spool as it was', async () => {
    using folder = temporaryFolder();
    const image = writeImage(join(folder.path, 'layout'), [{ tar: rawTar({ name: 'noise', data: noise }) }]);
    const cache = join(folder.path, 'cache');
    using _disk = smallDisk(cache);
    await expect(flattenImage(image, testContext(cache))).rejects.toMatchObject({
      code: 'store',
      message: expect.stringMatching(/layer 1 of 1 .*no space left on the device/),
      hint: expect.stringContaining('cache clean'),
    });
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('under the cache ends the packing of a tree with what to do', async () => {
    using folder = temporaryFolder();
    const cache = join(folder.path, 'cache');
    using _disk = smallDisk(cache);
    const rootfs = rootfsOf([{ prefix: '', tree: lazy(treeOf({ noise: file(noise) }), 'noise') }]);
    await expect(emit(rootfs, { ...target, dir: join(folder.path, 'out') }, testContext(cache))).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining('no space left on the device'),
      hint: expect.stringContaining('cache clean'),
    });
    expect([readdirSync(join(cache, 'tmp')), readdirSync(join(cache, 'segments'))]).toEqual([[], []]);
  });

  it('under the output leaves the previous files alone', async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, 'out');
    using _disk = smallDisk(dir);
    const ctx = testContext(join(folder.path, 'cache'));
    await emit(rootfsOf([]), { ...target, dir }, ctx);
    const before = readdirSync(dir);
    const rootfs = rootfsOf([{ prefix: '', tree: lazy(treeOf({ noise: file(noise) }), 'noise') }]);
    await expect(emit(rootfs, { ...target, dir }, ctx)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/^writing ".*os-initrd.img": no space left on the device/),
      hint: expect.stringContaining('--dir'),
    });
    expect(readdirSync(dir)).toEqual(before);
  });
});
