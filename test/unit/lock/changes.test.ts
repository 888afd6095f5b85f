// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { lockChanges } from '../../../src/lock/changes.ts';
import type { Lock, LockedPackage } from '../../../src/lock.ts';
import type { Digest } from '../../../src/oci/types.ts';

function lock(images: Record<string, string>, packages: Record<string, string>): Lock {
  const pins = Object.entries(packages).map(
    ([name, version]): LockedPackage => ({ name, version, architecture: 'all', sha256: version, size: 1 }),
  );
  return {
    version: 1,
    images: Object.fromEntries(Object.entries(images).map(([name, to]) => [name, { 'linux/amd64': to as Digest }])),
    recipes: { 'pkg:web': { 'linux/amd64': { request: [], release: { codename: 'x' }, packages: pins } } },
  };
}

describe('the changes of a lock', () => {
  it('are everything when there was none', () => {
    expect(lockChanges(undefined, lock({ a: 'd1' }, { p: '1', q: '1' }))).toEqual([
      'a (linux/amd64): d1',
      'pkg:web (linux/amd64): p 1, q 1',
    ]);
  });

  it('name a recipe that is made of its files alone, too', () => {
    expect(lockChanges(undefined, lock({}, {}))).toEqual(['pkg:web (linux/amd64): no packages']);
  });

  it('are one line for each image and package that is another', () => {
    const before = lock({ a: 'd1', b: 'd1' }, { same: '1', up: '1', gone: '1' });
    const after = lock({ a: 'd1', b: 'd2' }, { same: '1', up: '2', come: '1' });
    expect(lockChanges(before, after)).toEqual([
      'b (linux/amd64): d1 -> d2',
      'pkg:web (linux/amd64): up 1 -> 2',
      'pkg:web (linux/amd64): come 1 added',
      'pkg:web (linux/amd64): gone 1 removed',
    ]);
  });

  it('are none for the same lock', () => {
    expect(lockChanges(lock({ a: 'd' }, { p: '1' }), lock({ a: 'd' }, { p: '1' }))).toEqual([]);
  });
});
