// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RootImage, writeRootImage } from '../../../src/emit/root-image.ts';
import type { Bytes, FileTree, Inode } from '../../../src/file-tree.ts';
import { parentOf } from '../../../src/inodes.ts';
import { testContext } from '../../support/build-context.ts';
import { type GuestView, viewInGuest } from '../../support/erofs-guest.ts';
import { flattenImage } from '../../support/flatten-image.ts';
import { hardTree } from '../../support/hard-tree.ts';
import { writeImage } from '../../support/layer-image.ts';
import { oddLayers } from '../../support/odd-layers.ts';
import { randomTree } from '../../support/random-tree.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { rowsOfTar, rowsOfTree } from '../../support/tree-rows.ts';
import { file, lazy, rootfsOf, treeOf } from '../../support/trees.ts';

const oddPrefix = 'containers/images/0123456789abcdef';
const hugeSize = 5 * 2 ** 30;
/** Past 4 GiB, and the very end. */
const hugeMarks = [2 ** 32 + 8192, hugeSize - 6] as const;

describe('a root image that Linux has mounted', () => {
  const folder = temporaryFolder();
  const trees: { readonly prefix: string; readonly tree: FileTree }[] = [
    { prefix: 'hard', tree: hardTree() },
    { prefix: 'random/1', tree: randomTree(1) },
    { prefix: 'random/2', tree: randomTree(2) },
  ];
  let image: RootImage;
  let view: GuestView;

  beforeAll(async () => {
    const ctx = testContext(join(folder.path, 'cache'));
    const layers = oddLayers.map((tar) => ({ tar }));
    const odd = await flattenImage(writeImage(join(folder.path, 'layout'), layers), ctx);
    trees.push({ prefix: oddPrefix, tree: odd });
    const huge = treeOf({ huge: hugeFile(join(folder.path, 'huge')) });
    const placed = [...trees, { prefix: 'huge', tree: huge }];
    image = await writeRootImage(
      rootfsOf(placed.map(({ prefix, tree }) => ({ prefix, tree: lazy(tree, prefix) }))),
      ctx,
    );
    const marks = hugeMarks.map((at) => `$b dd if=/mnt/huge/huge bs=1 skip=${at} count=6 2>/dev/null`);
    const sizes = `$b stat -c ' %s' /mnt/huge/huge`;
    view = await viewInGuest(image.file, folder.path, 64 << 20, [...marks, sizes].join('; '), './huge');
  });
  afterAll(() => folder[Symbol.dispose]());

  test('has every entry of its trees: type, mode, owner, time, device, target, content, links and extended attributes', () => {
    const rows = rowsOfTar(view.tar);
    for (const { prefix, tree } of trees) {
      expect(below(rows, prefix)).toEqual(Object.fromEntries(rowsOfTree(tree)));
    }
  });

  test('has the right number of links everywhere, and one inode for all names of a file', () => {
    for (const { prefix, tree } of trees) {
      const numbers = new Map<Inode, string>();
      const links = linksOf(tree);
      for (const [path, inode] of tree) {
        const stat = view.stats.get(`./${prefix}${path === '' ? '' : `/${path}`}`);
        expect(stat?.links, path).toBe(links.get(path));
        if (inode.type === 'directory') continue;
        expect(stat?.number, path).toBe(numbers.get(inode) ?? stat?.number);
        numbers.set(inode, stat?.number ?? '');
      }
      expect(new Set(numbers.values()).size).toBe(numbers.size);
    }
  });

  test('has files of more than 4 GiB, and zeros only once', () => {
    expect(view.output).toBe(`mark 0mark 1 ${hugeSize}\n`);
    expect(image.size).toBeLessThan(16 << 20);
  });
});

/** Nothing but two marks in zeros. */
function hugeFile(path: string): Inode {
  writeFileSync(path, '');
  truncateSync(path, hugeSize);
  const fd = openSync(path, 'r+');
  hugeMarks.forEach((at, index) => writeSync(fd, `mark ${index}`, at));
  closeSync(fd);
  return file('', { content: { kind: 'range', file: path, offset: 0, size: hugeSize } });
}

function below(rows: ReadonlyMap<string, string>, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, row] of rows) {
    if (path !== prefix && !path.startsWith(`${prefix}/`)) continue;
    // Rows name the first of several names of an inode.
    found[path.slice(prefix.length + 1)] = row.replace(`first "${prefix}`, 'first "').replace('first "/', 'first "');
  }
  return found;
}

/** Names of each inode; of a directory 2 and its subdirectories. */
function linksOf(tree: FileTree): ReadonlyMap<Bytes, number> {
  const names = new Map<Inode, number>();
  const subdirectories = new Map<Bytes, number>();
  for (const [path, inode] of tree) {
    if (inode.type !== 'directory') names.set(inode, (names.get(inode) ?? 0) + 1);
    else if (path !== '') subdirectories.set(parentOf(path), (subdirectories.get(parentOf(path)) ?? 0) + 1);
  }
  const linksOfOne = (path: Bytes, inode: Inode): number =>
    inode.type === 'directory' ? 2 + (subdirectories.get(path) ?? 0) : (names.get(inode) ?? 0);
  return new Map([...tree].map(([path, inode]) => [path, linksOfOne(path, inode)]));
}
