// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTar, type TarEntry } from '../../../src/archive/tar.ts';
import { paxEntry, rawEntry, rawTar } from '../../support/raw-tar.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function entriesOf(archive: Buffer): TarEntry[] {
  using folder = temporaryFolder();
  const file = join(folder.path, 'a.tar');
  writeFileSync(file, archive);
  const fd = openSync(file, 'r');
  try {
    return [...readTar(fd, archive.length)];
  } finally {
    closeSync(fd);
  }
}

const name = (length: number): string => 'n'.repeat(length);
const gnu = 'ustar  \0';

describe('reading a tar', () => {
  it('gives entries in their order with the place of their contents', () => {
    const archive = rawTar(
      { name: 'b', data: 'second' },
      { name: 'a', data: 'x'.repeat(513) },
      { name: 'b', data: 'again' },
    );
    const entries = entriesOf(archive);
    expect(entries.map(({ path }) => path)).toEqual(['b', 'a', 'b']);
    expect(entries.map(({ offset, size }) => archive.toString('latin1', offset, offset + size))).toEqual([
      'second',
      'x'.repeat(513),
      'again',
    ]);
  });

  it('skips contents that are larger than what it reads at once', () => {
    const archive = rawTar({ name: 'large', data: Buffer.alloc(300_000, 1) }, { name: 'next', data: 'x' });
    expect(entriesOf(archive).map(({ path, size }) => [path, size])).toEqual([
      ['large', 300_000],
      ['next', 1],
    ]);
  });

  it.each([
    [
      'the type of a hard link',
      rawEntry({ name: 'a', typeflag: '1', link: 'b' }),
      { type: 'link', linkPath: 'b', size: 0 },
    ],
    [
      'a size that a hard link claims as none',
      rawEntry({ name: 'a', typeflag: '1', link: 'b', size: 512 }),
      { size: 0 },
    ],
    [
      'device numbers',
      rawEntry({ name: 'a', typeflag: '4', major: 8, minor: 17 }),
      { type: 'block', major: 8, minor: 17 },
    ],
    ['a contiguous file as a file', rawEntry({ name: 'a', typeflag: '7', data: 'x' }), { type: 'file', size: 1 }],
    ['NUL as the type of a file', rawEntry({ name: 'a', typeflag: '\0', data: 'x' }), { type: 'file', size: 1 }],
    ['a name with a slash at its end as a directory', rawEntry({ name: 'a/', typeflag: '\0' }), { type: 'directory' }],
    ['mode bits alone', rawEntry({ name: 'a', mode: 0o104755 }), { mode: 0o4755 }],
    ['the prefix of ustar', rawEntry({ name: 'b', prefix: 'x/y' }), { path: 'x/y/b' }],
    ['no prefix in GNU archives', rawEntry({ name: 'b', prefix: 'x/y', magic: gnu }), { path: 'b' }],
    ['a name of 100 bytes without a NUL', rawEntry({ name: name(100) }), { path: name(100) }],
    ['names that are not UTF-8', rawEntry({ name: Buffer.from([0xff, 0x2f, 0xfe]) }), { path: '\xff/\xfe' }],
    ['ids in base 256', rawEntry({ name: 'a', uid: Buffer.from('80000000ee6b2800', 'hex') }), { uid: 4_000_000_000 }],
    ['times before 1970', rawEntry({ name: 'a', patch: (block) => block.fill(0xff, 136, 148) }), { mtime: -1 }],
    [
      'numbers with spaces around them',
      rawEntry({ name: 'a', patch: (block) => block.write('   755 \0', 100) }),
      { mode: 0o755 },
    ],
    ['a checksum of signed bytes', signedChecksum(rawEntry({ name: Buffer.from([0xff, 0xff]) })), { path: '\xff\xff' }],
  ])('knows %s', (_, entry, expected) => {
    expect(entriesOf(rawTar(entry))).toEqual([expect.objectContaining(expected)]);
  });

  it.each([
    ['a path', { path: 'long' }, { path: 'long' }],
    ['a link target', { linkpath: 'target' }, { linkPath: 'target' }],
    ['ids', { uid: '4294967294', gid: '3000000000' }, { uid: 4_294_967_294, gid: 3_000_000_000 }],
    ['a time with a fraction, rounded down', { mtime: '1234567890.999' }, { mtime: 1_234_567_890 }],
    ['a time before 1970 with a fraction', { mtime: '-1.5' }, { mtime: -2 }],
    ['an empty value, which says nothing', { path: '', uid: '' }, { path: 'a', uid: 5 }],
    ['a size', { size: '1' }, { size: 1 }],
    ['records that do not concern it', { comment: 'x', atime: '1' }, { path: 'a' }],
  ])('takes from a pax header %s', (_, records, expected) => {
    const archive = rawTar(
      paxEntry(records),
      rawEntry({ name: 'a', uid: 5, data: 'x' }),
      rawEntry({ name: 'next', uid: 6 }),
    );
    expect(entriesOf(archive)).toEqual([
      expect.objectContaining(expected),
      expect.objectContaining({ path: 'next', uid: 6, size: 0 }),
    ]);
  });

  it('keeps xattrs as bytes, whatever is in them', () => {
    const value = Buffer.from([0, 0x0a, 0x3d, 0xff, 0xc3]);
    const [entry] = entriesOf(
      rawTar(paxEntry({ 'SCHILY.xattr.user.a=b': value, 'SCHILY.xattr.user.c': '' }), { name: 'a' }),
    );
    // A keyword ends at the first "=", so a name with one cannot be written in pax.
    expect(entry?.xattrs?.get('user.c')).toEqual(new Uint8Array());
    expect(Buffer.from(entry?.xattrs?.get('user.a') ?? [])).toEqual(Buffer.concat([Buffer.from('b='), value]));
  });

  it('applies a global header to all that follow, and an own one before it', () => {
    const archive = rawTar(
      paxEntry({ uid: '7', comment: 'x' }, 'g'),
      { name: 'a' },
      paxEntry({ uid: '8' }),
      { name: 'b' },
      { name: 'c' },
    );
    expect(entriesOf(archive).map(({ uid }) => uid)).toEqual([7, 8, 7]);
  });

  it('applies GNU long names and links to the next entry alone', () => {
    const long = (typeflag: string, text: string): Buffer =>
      rawEntry({ name: '././@LongLink', typeflag, magic: gnu, data: `${text}\0` });
    const archive = rawTar(
      long('K', name(300)),
      long('L', name(200)),
      { name: 'cut', typeflag: '2', link: 'cut', magic: gnu },
      { name: 'b' },
    );
    expect(entriesOf(archive).map(({ path, linkPath }) => [path, linkPath])).toEqual([
      [name(200), name(300)],
      ['b', ''],
    ]);
  });

  it.each([
    ['after two zero blocks, whatever follows', Buffer.concat([rawTar({ name: 'a' }), rawTar({ name: 'b' })])],
    ['at the end of the file without zero blocks', rawEntry({ name: 'a', data: 'x' })],
    ['at the end of the file without the last padding', rawEntry({ name: 'a', data: 'x' }).subarray(0, 513)],
    ['after one zero block at the end of the file', Buffer.concat([rawEntry({ name: 'a' }), Buffer.alloc(512)])],
  ])('ends %s', (_, archive) => {
    expect(entriesOf(archive).map(({ path }) => path)).toEqual(['a']);
  });

  it('takes an empty file for an empty archive', () => {
    expect(entriesOf(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ['in the middle of a header', rawEntry({ name: 'a' }).subarray(0, 300), /ends in the middle of a block/],
    [
      'in the middle of a content',
      rawEntry({ name: 'a', data: name(2000) }).subarray(0, 1024),
      /"a" needs 2000 bytes of content, the archive ends after 512/,
    ],
    ['in an extended header', paxEntry({ path: name(2000) }).subarray(0, 1024), /ends in an extended header/],
  ])('refuses an archive that ends %s', (_, archive, message) => {
    expect(() => entriesOf(archive)).toThrow(
      expect.objectContaining({ code: 'archive', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['a flipped bit in a header', flip(rawTar({ name: 'a' }), 3), /tar header at byte 0: checksum is/],
    [
      'a size that is no number',
      rawTar({ name: 'a', patch: (block) => block.write('12x45', 124) }),
      /size is .*expected octal digits/,
    ],
    ['a negative size', rawTar({ name: 'a', size: Buffer.alloc(12, 0xff) }), /negative size/],
    [
      'a size above 2^53',
      rawTar({ name: 'a', size: Buffer.from('80ffffffffffffffffffffff', 'hex') }),
      /size is too large/,
    ],
    [
      'a declared size of 10 GiB',
      rawTar({ name: 'a', size: Buffer.from('800000000000000280000000', 'hex') }),
      /needs 10737418240 bytes/,
    ],
    ['a type without meaning', rawTar({ name: 'a', typeflag: 'M' }), /"a" is of the unknown type "M"/],
    [
      'a lone zero block',
      Buffer.concat([rawEntry({ name: 'a' }), Buffer.alloc(512), rawTar({ name: 'b' })]),
      /single zero block/,
    ],
    [
      'a pax record without an end',
      rawTar(rawEntry({ name: 'x', typeflag: 'x', data: '99 path=a\n' }), { name: 'a' }),
      /record at byte 0 of it is malformed/,
    ],
    [
      'a pax record without a sign',
      rawTar(rawEntry({ name: 'x', typeflag: 'x', data: '8 path a\n' }), { name: 'a' }),
      /malformed/,
    ],
    [
      'a pax record of length 0',
      rawTar(rawEntry({ name: 'x', typeflag: 'x', data: '0 path=a\n' }), { name: 'a' }),
      /malformed/,
    ],
    [
      'a pax number that is none',
      rawTar(paxEntry({ uid: '1e3' }), { name: 'a' }),
      /uid is "1e3", expected a decimal number/,
    ],
    [
      'an extended header of gigabytes',
      rawTar({ name: 'x', typeflag: 'x', size: 0o10000000000 }),
      /expected at most 1048576/,
    ],
  ])('refuses %s', (_, archive, message) => {
    expect(() => entriesOf(archive)).toThrow(
      expect.objectContaining({ code: 'archive', message: expect.stringMatching(message) }),
    );
  });
});

function flip(archive: Buffer, at: number): Buffer {
  const flipped = Buffer.from(archive);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}

/** Some old writers added the bytes up as signed ones. */
function signedChecksum(entry: Buffer): Buffer {
  const block = Buffer.from(entry);
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
