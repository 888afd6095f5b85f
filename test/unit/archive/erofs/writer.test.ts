// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { ErofsWriter } from '../../../../src/archive/erofs/writer.ts';
import type { Bytes, FileTree, Inode } from '../../../../src/file-tree.ts';
import { directory, file, symlink, treeOf } from '../../../support/trees.ts';

const epoch = 1_600_000_000;

/** The image of trees at their prefixes, in memory. */
function imageOf(...trees: readonly (readonly [prefix: string, tree: FileTree])[]): Buffer {
  using writer = new ErofsWriter({ epoch });
  const chunks: Buffer[] = [];
  const keep = (made: Iterable<Buffer>): void => {
    for (const chunk of made) chunks.push(Buffer.from(chunk));
  };
  for (const [prefix, tree] of trees) keep(writer.add(tree, prefix as Bytes));
  keep(writer.finish());
  const image = Buffer.concat(chunks);
  writer.firstBlock.copy(image);
  return image;
}

const device = (major: number, minor: number): Inode => ({
  type: 'char',
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: 0,
  major,
  minor,
});
const xattrs = (values: Readonly<Record<string, Buffer>>): Partial<Inode> => ({
  xattrs: new Map(Object.entries(values)),
});

describe('an EROFS image', () => {
  it.each<[string, Inode, string]>([
    [
      'a name of 256 bytes',
      file(''),
      `writing "${'n'.repeat(256)}" to an EROFS image: its name has 256 bytes, expected at most 255`,
    ],
    [
      'target',
      symlink('t'.repeat(4096)),
      'writing "target" to an EROFS image: it is a symbolic link to a path of 4096 bytes, expected at most 4095',
    ],
    [
      'major',
      device(4096, 0),
      'writing "major" to an EROFS image: it is the device 4096:0, Linux has at most 4095:1048575',
    ],
    [
      'minor',
      device(0, 1_048_576),
      'writing "minor" to an EROFS image: it is the device 0:1048576, Linux has at most 4095:1048575',
    ],
    [
      'value',
      file('', xattrs({ 'user.x': Buffer.alloc(65_536) })),
      'writing "value" to an EROFS image: its user.x has 65536 bytes, expected at most 65535',
    ],
    [
      'all',
      file('', xattrs(Object.fromEntries([1, 2, 3, 4, 5].map((index) => [`user.${index}`, Buffer.alloc(60_000)])))),
      'writing "all" to an EROFS image: its extended attributes take 300052 bytes, expected at most 262148',
    ],
  ])('refuses what Linux cannot hold, by path: %s', (name, inode, message) => {
    const path = name.startsWith('a name') ? 'n'.repeat(256) : name;
    expect(() => imageOf(['', treeOf({ [path]: inode })])).toThrow(message);
  });

  it('leaves out extended attributes that Linux does not know, and says so', () => {
    using writer = new ErofsWriter({ epoch });
    const odd = xattrs({
      'com.apple.quarantine': Buffer.from('x'),
      'user.': Buffer.from('x'),
      'user.kept': Buffer.from('x'),
    });
    for (const _chunk of writer.add(treeOf({ a: file('', odd), b: file('', odd) }), '' as Bytes)) continue;
    expect(writer.lostXattrs).toEqual({ 'com.apple.quarantine': 2, 'user.': 2 });
  });

  it('does not depend on the order in which trees list their paths', () => {
    const entries = { a: directory(), 'a/b': file('b'), 'a/c': file('c'), d: symlink('a') };
    const tree = treeOf(entries);
    const reversed = new Map([...tree].toReversed());
    expect(imageOf(['x', tree]).equals(imageOf(['x', reversed]))).toBe(true);
  });

  it('says nothing of times after the epoch, and has its UUID from its content', () => {
    const early = imageOf(['', treeOf({ a: file('a', { mtime: epoch }) })]);
    const late = imageOf(['', treeOf({ a: file('a', { mtime: epoch + 5 }) })]);
    const other = imageOf(['', treeOf({ a: file('b', { mtime: epoch }) })]);
    expect(early.equals(late)).toBe(true);
    const uuid = (image: Buffer): string => image.toString('hex', 1072, 1088);
    expect(uuid(early)).not.toBe(uuid(other));
    expect(uuid(early)).toMatch(/^.{12}8.{3}[89ab].{15}$/);
  });

  it('is of two blocks when there is nothing in it', () => {
    expect(imageOf(['', treeOf({})]).length).toBe(8192);
  });

  it('takes the last of several trees that have a path, and drops what was below it', () => {
    const first = treeOf({
      etc: directory(),
      'etc/a': file('old a'),
      'etc/b': file('b'),
      gone: directory(),
      'gone/x': file('x'),
    });
    const second = treeOf({ etc: directory({ mode: 0o700 }), 'etc/a': file('new a'), gone: file('a file now') });
    const merged = treeOf({
      etc: directory({ mode: 0o700 }),
      'etc/a': file('new a'),
      'etc/b': file('b'),
      gone: file('a file now'),
    });
    expect(imageOf(['', first], ['', second]).equals(imageOf(['', merged]))).toBe(true);
  });
});
