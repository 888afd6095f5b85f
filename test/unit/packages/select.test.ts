// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import type { Stanza } from '../../../src/packages/control.ts';
import { aptRequest, requestOf, selectPackages, settleRequests, uncertainNames } from '../../../src/packages/select.ts';

/** Stanzas of a small archive: name -> further fields. */
function archive(packages: Record<string, Record<string, string>>): ReadonlyMap<string, Stanza> {
  return new Map(
    Object.entries(packages).map(([name, fields]) => [
      name,
      new Map(
        Object.entries({
          package: name,
          version: '1',
          architecture: 'amd64',
          sha256: 'a'.repeat(64),
          size: '7',
          ...fields,
        }),
      ),
    ]),
  );
}

const web = archive({
  server: { depends: 'common, tools | other, libtls', 'pre-depends': 'base' },
  common: { depends: 'config (>= 1) | config-2' },
  config: {},
  tools: { depends: 'libtools' },
  libtools: { depends: 'base' },
  'libtls-new': { provides: 'libtls (= 1)' },
  base: { depends: 'server' },
});

function names(recipe: Parameters<typeof selectPackages>[0], stanzas = web): readonly string[] {
  return selectPackages(recipe, stanzas, 'amd64').map(({ name }) => name);
}

describe('the packages of a recipe', () => {
  it('are all that is needed, sorted, through providers and in spite of a circle', () => {
    expect(names({ packages: ['server'] })).toEqual([
      'base',
      'common',
      'config',
      'libtls-new',
      'libtools',
      'server',
      'tools',
    ]);
  });

  it('are without what hangs on nothing but packages that are left out', () => {
    expect(names({ packages: ['server'], without: ['tools', 'config'] })).toEqual([
      'base',
      'common',
      'libtls-new',
      'server',
    ]);
  });

  it('are the named ones alone with `only`, a virtual name being its provider', () => {
    expect(names({ packages: ['server=1', 'libtls'], only: true })).toEqual(['libtls-new', 'server']);
  });

  it('are what a followed metapackage depends on', () => {
    const stanzas = archive({ 'meta-amd64': { depends: 'real-6.1 (= 1)' }, 'real-6.1': {} });
    expect(names({ packages: [{ follow: 'meta-${arch}' }] }, stanzas)).toEqual(['real-6.1']);
  });

  it('cannot follow a package that needs several', () => {
    expect(() => names({ packages: [{ follow: 'server' }] })).toThrow(
      'following "server": expected a metapackage with one dependency, found 3',
    );
  });

  it('cannot be without a package that nobody needs; the nearest name is proposed', () => {
    expect(() => names({ packages: ['server'], without: ['tolls'] })).toThrow(
      expect.objectContaining({ hint: 'did you mean "tools"?' }),
    );
  });

  it('are without all that a glob names, and without one that only some releases have', () => {
    expect(names({ packages: ['server'], without: ['lib*', { name: 'libtls-old', optional: true }] })).toEqual([
      'base',
      'common',
      'config',
      'server',
      'tools',
    ]);
    expect(() => names({ packages: ['server'], without: ['libx*'] })).toThrow('without "libx*"');
  });

  it('need hashes in the archive', () => {
    const stanzas = archive({ bare: { sha256: '' } });
    expect(() => names({ packages: ['bare'] }, stanzas)).toThrow('expected a version, SHA256 and Size');
  });
});

describe('a request', () => {
  const packages = [
    'a',
    { any: ['new-${arch}', 'old'] },
    { name: 'extra', optional: true },
    { name: 'none', optional: true },
  ] as const;

  it('of several names is the first that the archive has, and an optional one nothing when it has it not', () => {
    expect(uncertainNames(packages, 'arm64')).toEqual(['new-arm64', 'old', 'extra', 'none']);
    expect(settleRequests(packages, new Set(['old', 'extra']), 'arm64')).toEqual(['a', 'old', 'extra']);
    expect(settleRequests(packages, new Set(['old', 'new-arm64']), 'arm64')).toEqual(['a', 'new-arm64']);
    expect(() => settleRequests(packages, new Set(['extra']), 'arm64')).toThrow('any of "new-arm64", "old"');
  });

  it('with choices is told in a lock as the recipe has it', () => {
    expect(requestOf({ packages, without: ['x*', { name: 'y', optional: true }] })).toEqual([
      'a',
      'any new-${arch} old',
      'extra if there',
      'none if there',
      'without x*',
      'without y if there',
    ]);
  });

  it('for apt has the name of the architecture filled in', () => {
    expect(aptRequest({ follow: 'linux-image-cloud-${arch}' }, 'arm64')).toBe('linux-image-cloud-arm64');
    expect(aptRequest('busybox=1:1.35', 'arm64')).toBe('busybox=1:1.35');
  });

  it('in a lock tells apart whatever changes the list of packages', () => {
    expect(requestOf({ packages: ['a', { follow: 'b' }], only: true, without: ['c'] })).toEqual([
      'a',
      'follow b',
      'only',
      'without c',
    ]);
  });
});
