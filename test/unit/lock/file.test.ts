// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLock, lockPath, readLock, writeLock } from '../../../src/lock/file.ts';
import { type Lock, lockedDigest, lockedRecipe } from '../../../src/lock.ts';
import type { Digest } from '../../../src/oci/types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const digest = `sha256:${'0'.repeat(64)}` as Digest;
const nginx = { name: 'nginx', version: '1:2~3-4', architecture: 'amd64', sha256: 'f'.repeat(64), size: 9 };
const lock: Lock = {
  version: 1,
  images: { 'web:1': { 'linux/arm/v7': digest, 'linux/amd64': digest }, alpine: { 'linux/amd64': digest } },
  recipes: {
    'pkg:nginx': {
      'linux/amd64': { request: ['nginx'], release: { codename: 'bookworm', version: '12' }, packages: [nginx] },
    },
  },
};

describe('tskit.lock', () => {
  it('lies beside the spec', () => {
    expect(lockPath('systems/web.yml')).toBe('systems/tskit.lock');
    expect(lockPath('web.yml')).toBe('tskit.lock');
  });

  it('is read as it was written, and there need not be one', async () => {
    using folder = temporaryFolder();
    const spec = join(folder.path, 'web.yml');
    expect(await readLock(spec)).toBeUndefined();
    writeLock(spec, lock);
    expect(await readLock(spec)).toEqual(lock);
  });

  it('has the same bytes whatever the order of its entries, and one line a package', () => {
    const text = formatLock(lock);
    expect(
      formatLock({
        recipes: lock.recipes,
        images: { alpine: lock.images['alpine'] ?? {}, ...lock.images },
        version: 1,
      }),
    ).toBe(text);
    expect(text.indexOf('"alpine"')).toBeLessThan(text.indexOf('"web:1"'));
    expect(text).toContain(
      `\n          { "name": "nginx", "version": "1:2~3-4", "architecture": "amd64", "sha256": "${'f'.repeat(64)}", "size": 9 }\n`,
    );
  });

  it.each([
    ['{', /1:2: /],
    ['{"version": 2, "images": {}, "recipes": {}}', /1:13: version: expected 1, the version that this tskit reads/],
    ['{"version": 1, "images": {"a": {"linux/amd64": "sha256:0"}}, "recipes": {}}', /expected a digest/],
    ['{"version": 1, "images": {}, "recipes": {}, "x": 1}', /expected a known key, found "x"/],
    ['version: 1\nimages: {}\nrecipes: {}\n', /expected JSON, found YAML/],
  ])('%j is refused with its place', async (text, message) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'tskit.lock'), text);
    await expect(readLock(join(folder.path, 'web.yml'))).rejects.toMatchObject({
      code: 'lock',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('tskit lock'),
    });
  });

  it('that cannot be written is an error that says so, and what is there stays', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'tskit.lock'));
    expect(() => writeLock(join(folder.path, 'web.yml'), lock)).toThrow(
      expect.objectContaining({ code: 'lock', message: expect.stringMatching(/^writing ".*tskit\.lock": EISDIR/) }),
    );
    expect(readdirSync(folder.path)).toEqual(['tskit.lock']);
  });
});

describe('a pin', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' };

  it('is found by reference and platform', () => {
    expect(lockedDigest(lock, 'alpine', amd64)).toBe(digest);
    expect(lockedDigest(lock, 'web:1', { os: 'linux', architecture: 'arm', variant: 'v7' })).toBe(digest);
    expect(lockedRecipe(lock, 'pkg:nginx', amd64).packages).toEqual([nginx]);
  });

  it.each(['web:2', 'constructor'])('of %s that the lock does not have is an error that names `tskit lock`', (name) => {
    expect(() => lockedDigest(lock, name, amd64)).toThrow(
      expect.objectContaining({
        code: 'lock',
        message: `"${name}" for linux/amd64: expected it in tskit.lock, found nothing`,
        hint: 'run `tskit lock` on this spec to add it',
      }),
    );
  });
});
