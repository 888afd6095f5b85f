// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formats as allFormats } from '../../src/emit/formats.ts';
import { asNobody, type CliOptions, tskit } from '../support/cli.ts';
import { initrdParts } from '../support/initrd-parts.ts';
import {
  buildIn as buildInFormats,
  type BuildPlaces,
  digestsIn,
  type OsWorkplace,
  osWorkplace,
} from '../support/os-workplace.ts';

const nobody = 65_534;
interface Build {
  readonly formats: string;
  readonly spec: 'spec' | 'rootSpec';
  /** Of its folder beside that of the first build, and in names of files. */
  readonly index: number;
}

/**
 * Everything that tskit writes, with the root where it is by default and in a root image, in as many builds as it takes when some write
 * the same file: a format that is added is tested with the others.
 */
const builds: readonly Build[] = [
  ...groupFormats(Object.keys(allFormats)).map((formats) => ({ formats, spec: 'spec' as const })),
  ...groupFormats(formatsWithRootImage()).map((formats) => ({ formats, spec: 'rootSpec' as const })),
].map((build, index) => ({ ...build, index }));

/** Node's clock on another day; the kernel's cannot be set for one process. */
const anotherDay = `globalThis.Date = class extends Date {
  constructor(...given) { super(...(given.length === 0 ? [Date.now()] : given)); }
  static now() { return 1111111111000; }
};`;

function formatsWithRootImage(): readonly string[] {
  return Object.entries(allFormats).flatMap(([name, { root }]) =>
    root === 'either' || root === 'erofs' ? [name] : [],
  );
}

function groupFormats(names: readonly string[]): readonly string[] {
  const groups: { readonly formats: string[]; readonly suffixes: Set<string> }[] = [];
  for (const name of names) {
    // It takes a kernel of another architecture: emit-rpi3.test.ts.
    if (name === 'rpi3') continue;
    const suffixes = allFormats[name]?.suffixes ?? [];
    const group = groups.find((other) => suffixes.every((suffix) => !other.suffixes.has(suffix)));
    const { formats, suffixes: taken } = group ?? { formats: [], suffixes: new Set() };
    if (group === undefined) groups.push({ formats, suffixes: taken });
    formats.push(name);
    for (const suffix of suffixes) taken.add(suffix);
  }
  return groups.map(({ formats }) => formats.join(','));
}

/** Files of the first build are in the folder itself, those of others in folders beside it and under `1/`, `2/` in the result. */
async function buildIn(
  where: OsWorkplace,
  options: CliOptions & BuildPlaces = {},
): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = {};
  const out = options.out ?? where.out;
  for (const build of builds) {
    const { formats, spec, index } = build;
    const folder = index === 0 ? out : `${out}-${index}`;
    const digests = await buildInFormats(where, { formats, spec: where[spec], ...options, out: folder });
    for (const [name, digest] of Object.entries(digests)) all[nameIn(build, name)] = digest;
  }
  return all;
}

function nameIn({ index }: Build, name: string): string {
  return index === 0 ? name : `${index}/${name}`;
}

let place: OsWorkplace;
let built: Readonly<Record<string, string>>;
beforeAll(async () => {
  place = osWorkplace();
  built = await buildIn(place);
});
afterAll(() => place[Symbol.dispose]());

describe('two builds of one spec are the same to the bit', () => {
  test.each<[string, CliOptions]>([
    [
      'in another time zone and language',
      { env: { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } },
    ],
    ['on another day', { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(anotherDay)}` } }],
    ['under another umask', { through: ['sh', '-c', 'umask 077; exec "$0" "$@"'] }],
    ['by another user', { through: asNobody }],
    ['from another folder', { cwd: '/' }],
    ['on one processor', { through: ['taskset', '1'] }],
    ['with the variables of a bare environment', { through: ['env', '-i', `PATH=${process.env['PATH']}`] }],
  ])('%s, each in all formats and with a cache of its own', async (title, options) => {
    const own = join(place.path, title.replaceAll(/\W/g, '-'));
    mkdirSync(own);
    chownSync(own, nobody, nobody);
    expect(await buildIn(place, { ...options, cache: join(own, 'cache'), out: join(own, 'out') })).toEqual(built);
  });

  test('with other times, modes and places of the spec and the layouts', async () => {
    using moved = osWorkplace();
    const copy = join(moved.path, 'elsewhere');
    cpSync(place.path, copy, { recursive: true, filter: (path) => !/\/(cache|out)$/.test(path) });
    execFileSync('chmod', ['-R', 'go-rwx', copy]);
    for (const name of readdirSync(copy, { recursive: true })) utimesSync(join(copy, String(name)), 86_400, 86_400);
    const there = {
      ...moved,
      buildArgs: (other?: BuildPlaces) =>
        moved.buildArgs({ ...other, spec: join(copy, basename(other?.spec ?? moved.spec)) }),
    };
    expect(await buildIn(there)).toEqual(built);
  });

  test('with all formats or each alone, into a file or a pipe', async () => {
    for (const build of builds) {
      for (const format of build.formats.split(',')) {
        const out = join(place.path, 'alone', String(build.index), format);
        const digests = await buildInFormats(place, { formats: format, out, spec: place[build.spec] });
        for (const [name, digest] of Object.entries(digests)) {
          // It lists all formats of a build.
          if (name.endsWith('-pcrs.json')) continue;
          expect(digest, format).toBe(built[nameIn(build, name)]);
        }
      }
    }
    const out = join(place.path, 'piped');
    mkdirSync(out);
    const script = '"$0" build --cache "$1" -o - "$2" | cat > "$3"/os.tar';
    execFileSync('sh', ['-c', script, tskit, place.cache, place.spec, out], { stdio: 'ignore' });
    expect(digestsIn(out)).toEqual({ 'os.tar': built['os.tar'] });
  });

  test('from a cache that is warm, half warm or cold', async () => {
    expect(await buildIn(place)).toEqual(built);
    execFileSync('rm', ['-rf', join(place.cache, 'segments')]);
    expect(await buildIn(place)).toEqual(built);
    execFileSync('rm', ['-rf', join(place.cache, 'diff')]);
    expect(await buildIn(place)).toEqual(built);
  });
});

describe('SOURCE_DATE_EPOCH', () => {
  /** Times of all entries of an initrd, as GNU cpio reads them, in seconds. */
  function times(folder: string): ReadonlySet<number> {
    const lines = initrdParts(join(folder, 'os-initrd.img')).flatMap((part) =>
      execFileSync('cpio', ['--list', '--verbose', '--quiet'], {
        input: part,
        encoding: 'latin1',
        env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
      }).match(/[A-Z][a-z]{2} [ \d]\d +(?:\d{4}|\d\d:\d\d)/g),
    );
    return new Set(lines.map((line) => Date.parse(`${line} UTC`) / 1000));
  }

  test('is the latest time in the initrd, and the same value gives the same bytes', async () => {
    const epoch = Date.UTC(1999, 11, 31) / 1000;
    const env = { SOURCE_DATE_EPOCH: String(epoch) };
    const [first, second] = [join(place.path, 'dated'), join(place.path, 'dated-again')];
    const digests = await buildIn(place, { env, out: first });
    expect(digests['os-initrd.img']).not.toBe(built['os-initrd.img']);
    expect(await buildIn(place, { env, out: second, cache: join(place.path, 'dated-cache') })).toEqual(digests);
    expect(Math.max(...times(first))).toBe(epoch);
  });

  test('absent, no entry is younger than the fixed date', async () => {
    expect(Math.max(...times(place.out))).toBe(Date.UTC(2020, 0, 1) / 1000);
  });
});
