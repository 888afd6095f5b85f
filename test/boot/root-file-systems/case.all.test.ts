// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNameForLinux } from '../../../src/emit/kernel-iso.ts';
import type { Bytes, FileTree } from '../../../src/file-tree.ts';
import { join as joinPath } from '../../../src/inodes.ts';
import { buildForBoot } from '../../support/boot-build.ts';
import { testContext } from '../../support/build-context.ts';
import { viewInGuest } from '../../support/erofs-guest.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { flattenImage } from '../../support/flatten-image.ts';
import { freePort } from '../../support/free-port.ts';
import { hardTree } from '../../support/hard-tree.ts';
import { writeIsoFile } from '../../support/iso-file.ts';
import { writeImage } from '../../support/layer-image.ts';
import { Machine } from '../../support/machine.ts';
import { oddLayers } from '../../support/odd-layers.ts';
import { randomTree } from '../../support/random-tree.ts';
import { isoTree, squashfsTree } from '../../support/root-expectations.ts';
import { writeSquashfsFile } from '../../support/squashfs-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { rowsOfTar, rowsOfTree } from '../../support/tree-rows.ts';
import { directory } from '../../support/trees.ts';

const example = new URL('../../../examples/hello.yml', import.meta.url).pathname;
const tarSize = 64 << 20;

/** Two guests that only look: every run of the tests has unsquashfs and xorriso for it (test/integration). */
describe('what Linux has mounted', () => {
  const folder = temporaryFolder();
  const ctx = testContext(join(folder.path, 'cache'));
  const tree = new Map([['' as Bytes, directory()]]);

  beforeAll(async () => {
    const layers = oddLayers.map((tar) => ({ tar }));
    const odd = await flattenImage(writeImage(join(folder.path, 'layout'), layers), ctx);
    for (const [prefix, part] of Object.entries({ hard: hardTree(), odd, random: randomTree(3) })) {
      for (const [path, inode] of part) {
        tree.set(path === '' ? (prefix as Bytes) : joinPath(prefix as Bytes, path), inode);
      }
    }
  });
  afterAll(() => folder[Symbol.dispose]());

  const guestFolder = (name: string): string => {
    const place = join(folder.path, name);
    mkdirSync(place);
    return place;
  };
  const rowsOf = (rows: FileTree): Record<string, string> => Object.fromEntries(rowsOfTree(rows));

  test('as SquashFS is every entry of the tree', async () => {
    const image = join(folder.path, 'squashfs.img');
    await writeSquashfsFile(image, tree, ctx);
    const { tar } = await viewInGuest(image, guestFolder('squashfs'), tarSize, '', '', 'squashfs');
    expect(Object.fromEntries(rowsOfTar(tar))).toEqual(rowsOf(squashfsTree(tree, ctx.epoch)));
  });

  test('as ISO 9660 is every entry of the tree, without extended attributes', async () => {
    const image = join(folder.path, 'iso.img');
    const isFound = (path: Bytes): boolean => path.split('/').every((name) => isNameForLinux(name as Bytes));
    const onDisc = new Map([...tree].filter(([path]) => isFound(path)));
    writeIsoFile(image, onDisc, ctx.epoch);
    const { tar } = await viewInGuest(image, guestFolder('iso9660'), tarSize, '', '', 'iso9660');
    expect(Object.fromEntries(rowsOfTar(tar))).toEqual(rowsOf(isoTree(onDisc)));
  });
});

describe('a kernel with its root beside it', () => {
  const folder = temporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  test.each(['kernel+squashfs', 'kernel+iso'])(
    'boots as %s to a service that answers, and powers off',
    async (format) => {
      const place = join(folder.path, format);
      mkdirSync(place);
      const { base } = await buildForBoot(example, place, { args: ['--format', format] });
      const port = await freePort();
      await using machine = new Machine(['--publish', `${port}:80`, base]);
      const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
      expect(await page.text()).toContain('Hello from tskit');
      expect(await machine.powerOff()).toBe(0);
      expect(machine.console).toMatch(/root: vda, not verified, found/);
      expect(machine.console).not.toMatch(/degraded|Kernel panic/);
    },
  );
});
