// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseSquashfs } from '../../init/boot/squashfs.ts';
import type { Reporter } from '../../src/reporter.ts';
import { silentReporter } from '../../src/reporter.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { writeImage } from '../support/layer-image.ts';
import { oddLayers } from '../support/odd-layers.ts';
import { squashfsTree } from '../support/root-expectations.ts';
import { writeSquashfsFile } from '../support/squashfs-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree } from '../support/tree-rows.ts';
import { directory, file, treeOf } from '../support/trees.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

/** A mksquashfs before the real one in PATH. */
function fakeTool(script: string): void {
  const fake = join(folder.path, 'mksquashfs');
  const real = execFileSync('sh', ['-c', 'command -v mksquashfs'], { encoding: 'utf8' }).trim();
  writeFileSync(fake, `#!/bin/sh\n${script.replaceAll('$real', real)}\n`);
  chmodSync(fake, 0o755);
  vi.stubEnv('PATH', `${folder.path}:${process.env['PATH']}`);
}

describe('a SquashFS root', () => {
  test('is unpacked by unsquashfs to what the tree holds', async () => {
    const ctx = testContext(join(folder.path, 'cache'));
    const layers = oddLayers.map((tar) => ({ tar }));
    const tree = await flattenImage(writeImage(join(folder.path, 'layout'), layers), ctx);
    const image = join(folder.path, 'root.img');
    await writeSquashfsFile(image, tree, ctx);
    const out = join(folder.path, 'out');
    execFileSync('unsquashfs', ['-quiet', '-no-progress', '-d', out, image], { stdio: 'pipe' });
    expect(Object.fromEntries(rowsOfFolder(out))).toEqual(
      Object.fromEntries(rowsOfTree(squashfsTree(tree, ctx.epoch))),
    );
  });

  test('is the same each time, and init knows it by what the build says', async () => {
    const tree = treeOf({ a: file(Buffer.alloc(300_000, 'abc')), b: directory({ mode: 0o700 }) });
    const files = [1, 2].map((number) => join(folder.path, `${number}.img`));
    const uuids: string[] = [];
    for (const path of files) uuids.push(await writeSquashfsFile(path, tree, testContext(folder.path)));
    const [first = Buffer.alloc(0), second] = files.map((path) => readFileSync(path));
    expect(second?.equals(first)).toBe(true);
    expect(parseSquashfs(first.subarray(0, 96))).toMatchObject({ type: 'squashfs', uuid: uuids[0] });
    const other = await writeSquashfsFile(
      join(folder.path, 'other'),
      treeOf({ a: file('abc') }),
      testContext(folder.path),
    );
    expect(other).not.toBe(uuids[0]);
  });

  test('tells of attributes that it has no place for', async () => {
    const warnings: string[] = [];
    const reporter: Reporter = { ...silentReporter, warn: (text) => warnings.push(text) };
    const xattrs = new Map([
      ['system.posix_acl_access', Buffer.from('02000000', 'hex')],
      ['user.kept', Buffer.from('x')],
    ]);
    const image = join(folder.path, 'root.img');
    await writeSquashfsFile(image, treeOf({ guarded: file('', { xattrs }) }), testContext(folder.path, { reporter }));
    expect(warnings).toEqual([
      '"/guarded" of the root loses its system.posix_acl_access: a SquashFS has no such attributes; the format "tar" keeps them',
    ]);
  });

  test('is refused when mksquashfs leaves something out, whatever its exit code', async () => {
    const write = (): Promise<string> =>
      writeSquashfsFile(join(folder.path, 'root.img'), treeOf({ a: file('a') }), testContext(folder.path));
    fakeTool('$real "$@"; echo "a already exists in the tar file, ignoring!" >&2');
    await expect(write()).rejects.toThrow(/mksquashfs 4[^:]*: a already exists in the tar file, ignoring!/);
  });

  test('is refused when it has fewer inodes than the tree', async () => {
    fakeTool('head -c 1024 >/dev/null; head -c 10240 /dev/zero | $real "$@"; cat >/dev/null');
    const tree = treeOf({ a: file('a'), b: file('b') });
    await expect(writeSquashfsFile(join(folder.path, 'root.img'), tree, testContext(folder.path))).rejects.toThrow(
      /expected 3 inodes in the result, found \d/,
    );
  });
});
