// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, runTskit } from '../support/cli.ts';
import { buildIn, digestsIn, type OsWorkplace, osWorkplace } from '../support/os-workplace.ts';

const mebibyte = 1 << 20;

let place: OsWorkplace;
let built: Readonly<Record<string, string>>;
beforeAll(async () => {
  place = osWorkplace({ serviceBytes: 4 * mebibyte });
  built = await buildIn(place);
});
afterAll(() => place[Symbol.dispose]());

/** Mounts a file system of `size` bytes for one test; gone with the scope. */
function smallDisk(size: number): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(place.path, 'disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  return { path, [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', path]) };
}

function expectFull({ exitCode, stdout, stderr }: CliResult, path: string): void {
  const last = stderr.slice(stderr.search(/^tskit: /m));
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(last).toContain(path);
  expect(last).toMatch(/no space left on|expected [\d.]+ .iB of free space, found/i);
  expect(last).toMatch(/\nhint: \S/);
  expect(last).not.toMatch(/unexpected error|^ {4}at /m);
}

describe('on a full disk', () => {
  test('for the artifacts a build says so and leaves the files of the build before', async () => {
    using disk = smallDisk(6 * mebibyte);
    expect(await buildIn(place, { out: disk.path })).toEqual(built);
    // The old files and the new ones do not fit side by side.
    const changed = await runTskit(place.buildArgs({ out: disk.path }));
    expectFull(changed, disk.path);
    expect(digestsIn(disk.path)).toEqual(built);
  });

  test.each(['raw-efi', 'raw-bios', 'iso', 'vmdk', 'gcp', 'kernel+squashfs', 'firecracker'])(
    'for a disk image (%s) a build says so, whatever tool was writing',
    async (formats) => {
      using disk = smallDisk(3 * mebibyte);
      expectFull(await runTskit(place.buildArgs({ out: disk.path, formats })), disk.path);
      expect(digestsIn(disk.path)).toEqual({});
    },
  );

  test.each([1, 3, 6, 9])(
    'for the cache (%d MiB) a build says so, and one with more space goes on from there',
    async (size) => {
      using disk = smallDisk(size * mebibyte);
      const cache = join(disk.path, 'cache');
      const out = join(place.path, `out-${size}`);
      expectFull(await runTskit(place.buildArgs({ cache, out })), disk.path);
      expect(digestsIn(out)).toEqual({});
      execFileSync('mount', ['-o', `remount,size=${64 * mebibyte}`, disk.path]);
      expect(await buildIn(place, { cache, out })).toEqual(built);
    },
  );

  test('without a single free byte the message is the same', async () => {
    using disk = smallDisk(4096 * 8);
    writeFileSync(join(disk.path, 'ballast'), '');
    expect(() => writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(mebibyte))).toThrow(/ENOSPC/);
    expectFull(await runTskit(place.buildArgs({ out: join(disk.path, 'out') })), disk.path);
    expectFull(await runTskit(place.buildArgs({ cache: join(disk.path, 'cache') })), disk.path);
  });
});
