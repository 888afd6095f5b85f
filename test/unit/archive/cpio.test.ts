// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract, type Header } from 'cpio-stream';
import { describe, expect, it } from 'vitest';
import { cpioEntries, encodeCpio } from '../../../src/archive/cpio.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../../../src/file-tree.ts';
import { directory, file, symlink, treeOf } from '../../support/trees.ts';

const epoch = 1_609_459_200;

function encode(tree: FileTree, prefix = ''): Buffer {
  const entries = cpioEntries(tree, bytesOf(prefix));
  // Chunks are only valid for a while.
  return Buffer.concat(Array.from(encodeCpio(entries, { epoch, label: 'the test' }), (chunk) => Buffer.from(chunk)));
}

interface Read {
  readonly header: Header;
  readonly content: string;
}

/** What cpio-stream, written by others, reads. */
function read(archive: Buffer): Promise<Read[]> {
  return new Promise((resolve, reject) => {
    const entries: Read[] = [];
    const reader = extract();
    reader.on('entry', (header, stream, next) => {
      text(stream).then((content) => {
        entries.push({ header, content });
        next();
      }, reject);
    });
    reader.on('finish', () => resolve(entries));
    reader.on('error', reject);
    // It recurses once for each entry of a chunk, so it gets small ones.
    const pieces = Array.from({ length: Math.ceil(archive.length / 65_536) }, (_, index) =>
      archive.subarray(index * 65_536, (index + 1) * 65_536),
    );
    Readable.from(pieces).pipe(reader);
  });
}

const names = (entries: readonly Read[]): string[] => entries.map(({ header }) => header.name);

describe('a newc archive', () => {
  it('has its entries sorted bytewise, directories before what is in them', async () => {
    const tree = treeOf({ 'a-b': file(''), 'a/b': file(''), a: directory(), Z: file(''), '\u00e9': file('') });
    expect(names(await read(encode(tree)))).toEqual(['.', 'Z', 'a', 'a-b', 'a/b', expect.stringMatching(/./)]);
    expect(cpioEntries(tree, '' as Bytes).map(({ path }) => path)).toEqual(['.', 'Z', 'a', 'a-b', 'a/b', '\xc3\xa9']);
  });

  it('places a tree under its prefix, with the folders above it', async () => {
    const tree = treeOf({ bin: directory({ mode: 0o700 }) });
    const entries = await read(encode(tree, 'containers/images/abc'));
    expect(names(entries)).toEqual([
      'containers',
      'containers/images',
      'containers/images/abc',
      'containers/images/abc/bin',
    ]);
    expect(entries.map(({ header }) => header.mode.toString(8))).toEqual(['40755', '40755', '40755', '40700']);
  });

  it('keeps contents of any length, across its own chunks', async () => {
    const lengths = [0, 1, 2, 3, 4, 5, 1 << 20, (1 << 20) - 120, (3 << 20) + 1];
    const tree = treeOf(Object.fromEntries(lengths.map((length, index) => [`f${index}`, file('x'.repeat(length))])));
    const entries = await read(encode(tree));
    expect(entries.slice(1).map(({ content }) => content.length)).toEqual(lengths);
    expect(entries.every(({ content }) => /^x*$/.test(content))).toBe(true);
  });

  it('is a multiple of four bytes and has numbers from 1 for its inodes', async () => {
    const archive = encode(treeOf({ a: file('1'), abc: file('22') }));
    expect(archive.length % 4).toBe(0);
    expect((await read(archive)).map(({ header }) => header.ino)).toEqual([1, 2, 3]);
  });

  it('gives all names of an inode its number and the count, and the last one its content', async () => {
    const shared = file('shared');
    const entries = await read(encode(treeOf({ a: shared, b: file('b'), c: shared, d: shared })));
    const links = entries.filter(({ header }) => 'acd'.includes(header.name));
    expect(links.map(({ header }) => [header.ino, header.nlink])).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
    ]);
    expect(links.map(({ content }) => content)).toEqual(['', '', 'shared']);
  });

  it('counts a directory, its own "." and its subdirectories, however many directories share an inode', async () => {
    const shared = directory();
    const entries = await read(encode(treeOf({ a: shared, 'a/b': shared, 'a/c': shared, 'a/f': file('') })));
    expect(entries.map(({ header }) => [header.name, header.nlink, header.ino])).toEqual([
      ['.', 3, 1],
      ['a', 4, 2],
      ['a/b', 2, 3],
      ['a/c', 2, 4],
      ['a/f', 1, 5],
    ]);
  });

  it('bounds time stamps by the epoch on one side and 1970 on the other', async () => {
    const times = treeOf({ a: file('', { mtime: epoch + 1 }), b: file('', { mtime: -1 }), c: file('', { mtime: 5 }) });
    const entries = await read(encode(times));
    expect(entries.slice(1).map(({ header }) => header.mtime)).toEqual(
      [epoch, 0, 5].map((seconds) => new Date(seconds * 1000)),
    );
  });

  it('has links, nodes and large ids', () => {
    const node: Inode = {
      type: 'block',
      mode: 0o660,
      uid: 4_294_967_294,
      gid: 3_000_000_000,
      mtime: 0,
      major: 259,
      minor: 1_048_575,
    };
    const archive = encode(treeOf({ link: symlink('ziel/\u00e9'), node }));
    const text = archive.toString('latin1');
    // magic ino mode uid gid nlink mtime size dev(2) rdev(2) namesize check name
    expect(text).toContain(
      '070701' +
        '00000003' +
        '000061B0' +
        'FFFFFFFE' +
        'B2D05E00' +
        '00000001' +
        '00000000' +
        '00000000' +
        '0'.repeat(16) +
        '00000103' +
        '000FFFFF' +
        '00000005' +
        '00000000' +
        'node\0',
    );
    expect(text).toContain('link\0\0ziel/\xc3\xa9\0');
  });

  it.each([
    [
      'a file of 4 GiB',
      { big: { ...file(''), content: { kind: 'range', file: '/dev/zero', offset: 0, size: 2 ** 32 } } as Inode },
      /"big" of the test .*4294967296 bytes/,
    ],
    ['a path of 4096 bytes', { ['d/'.repeat(2048) + 'x'.repeat(0)]: file('') }, /its path has 4096 bytes/],
    [
      'a device that Linux has not',
      { node: { type: 'char', mode: 0, uid: 0, gid: 0, mtime: 0, major: 4096, minor: 0 } as Inode },
      /device 4096:0/,
    ],
  ])('refuses %s and names the format that holds it', (_, entries, message) => {
    expect(() => encode(treeOf(entries))).toThrow(
      expect.objectContaining({
        code: 'format',
        message: expect.stringMatching(message),
        hint: expect.stringContaining('--format tar'),
      }),
    );
  });

  it('says when a content is shorter than it was', () => {
    const content = { kind: 'range', file: '/dev/null', offset: 0, size: 10 } as const;
    expect(() => encode(treeOf({ gone: { ...file(''), content } as Inode }))).toThrow(
      expect.objectContaining({ code: 'store' }),
    );
  });
});
