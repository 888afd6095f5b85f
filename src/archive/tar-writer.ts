// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import { type Bytes, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { blockSize, padded } from './tar-header.ts';

// pax (POSIX.1-2017): ustar blocks, with an extended header in front where ustar cannot say it. It is written here and not by
// tar-stream 3.2.2, which takes names and pax values for UTF-8 text: names that are not would change, and so would binary xattrs.

const typeflags: Readonly<Record<Inode['type'], string>> = {
  file: '0',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const nameSize = 100;
const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

/** Two blocks of zeros. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockSize);

export interface TarOptions {
  /** Upper bound of every time stamp, in seconds. */
  readonly epoch: number;
  /** More extended header records for an entry, made by {@link encodeRecords}. */
  readonly recordsOf?: (inode: Inode) => Buffer;
  /** Which extended attributes are written, by name: all unless given. */
  readonly keepsXattr?: (name: string) => boolean;
}

/** Records of an extended header, in the order given; texts are written in UTF-8. */
export function encodeRecords(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, Buffer.from(value))));
}

/**
 * The entries of a tree placed under `prefix` ('' is the root, whose own entry is then "./"), sorted bytewise, without the
 * end of the archive: several trees may follow each other. Chunks are valid as ChunkBuffer says. Hard links refer to the
 * first name.
 * @throws TskitError `store` when a content cannot be read.
 */
export function* encodeTar(tree: FileTree, prefix: Bytes, options: TarOptions): Generator<Buffer> {
  using reader = new ContentReader();
  const out = new ChunkBuffer();
  for (const { name, inode, first } of placedEntries(tree, prefix)) {
    yield* out.append(entryHeader(name, inode, first, options));
    if (first === undefined && inode.type === 'file') {
      yield* out.appendContent(inode.content, reader);
      yield* out.append(tarPadding(contentSize(inode.content)));
    }
  }
  yield out.rest();
}

/** An entry of a tree as a tar names it. */
export interface PlacedEntry {
  /** With the prefix, and a slash behind a directory's. */
  readonly name: Bytes;
  readonly inode: Inode;
  /** The first name of an inode that has several, in all entries but that one. */
  readonly first: Bytes | undefined;
}

/** The entries that {@link encodeTar} writes, in its order. */
export function* placedEntries(tree: FileTree, prefix: Bytes): Generator<PlacedEntry> {
  const firstNames = new Map<Inode, Bytes>();
  for (const path of [...tree.keys()].sort()) {
    const inode = tree.get(path);
    if (inode === undefined) {
      continue;
    }
    const name = entryName(path, prefix, inode.type === 'directory');
    const first = inode.type === 'directory' ? undefined : firstNames.get(inode);
    yield { name, inode, first };
    if (first === undefined) firstNames.set(inode, name);
  }
}

/** The header of a file of root's whose content, of `size` bytes, and padding the caller appends. */
export function tarFileHeader(name: Bytes, size: number, mtime: number): Buffer {
  const content = { kind: 'range', file: '', offset: 0, size } as const;
  const inode: Inode = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, content };
  return entryHeader(name, inode, undefined, { epoch: mtime });
}

/** What follows a content of `size` bytes. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc(padded(size) - size);
}

function entryName(path: Bytes, prefix: Bytes, isDirectory: boolean): Bytes {
  const joined = [prefix, path].filter((part) => part !== '').join('/');
  return `${joined === '' ? '.' : joined}${isDirectory ? '/' : ''}` as Bytes;
}

function entryHeader(name: Bytes, inode: Inode, first: Bytes | undefined, options: TarOptions): Buffer {
  const typeflag = first === undefined ? typeflags[inode.type] : '1';
  const target = first ?? (inode.type === 'symlink' ? inode.target : ('' as Bytes));
  const size = inode.type === 'file' && first === undefined ? contentSize(inode.content) : 0;
  const mtime = Math.min(Math.max(inode.mtime, 0), options.epoch);
  const records = Buffer.concat([
    paxRecords(name, target, size, inode, options.keepsXattr),
    options.recordsOf?.(inode) ?? noRecords,
  ]);
  const block = ustarBlock(name, typeflag, size, mtime, inode, target);
  if (records.length === 0) {
    return block;
  }
  const owner: Inode = { type: 'fifo', mode: 0o644, uid: 0, gid: 0, mtime };
  const head = ustarBlock('PaxHeader' as Bytes, 'x', records.length, mtime, owner, '' as Bytes);
  return Buffer.concat([head, records, tarPadding(records.length), block]);
}

const noRecords = Buffer.alloc(0);

/** Extended records for what does not fit the ustar block, xattrs sorted by name. */
function paxRecords(name: Bytes, target: Bytes, size: number, inode: Inode, keeps: TarOptions['keepsXattr']): Buffer {
  const records: Buffer[] = [];
  const add = (key: string, value: Uint8Array): void => void records.push(paxRecord(key, value));
  const addText = (key: string, value: string): void => add(key, Buffer.from(value, 'latin1'));
  if (name.length > nameSize) addText('path', name);
  if (target.length > nameSize) addText('linkpath', target);
  if (size > maxOctal11) addText('size', String(size));
  if (inode.uid > maxOctal7) addText('uid', String(inode.uid));
  if (inode.gid > maxOctal7) addText('gid', String(inode.gid));
  for (const key of [...(inode.xattrs?.keys() ?? [])].sort()) {
    if (keeps?.(key) === false) continue;
    add(`SCHILY.xattr.${key}`, inode.xattrs?.get(key) ?? new Uint8Array());
  }
  return Buffer.concat(records);
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let digits = 1;
  while (String(body.length + digits).length > digits) {
    digits += 1;
  }
  return Buffer.concat([Buffer.from(String(body.length + digits)), body]);
}

function ustarBlock(name: Bytes, typeflag: string, size: number, mtime: number, inode: Inode, target: Bytes): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, start: number, digits: number, max: number): void => {
    block.write((value > max ? 0 : value).toString(8).padStart(digits, '0'), start, 'latin1');
  };
  block.write(name.slice(0, nameSize), 0, 'latin1');
  octal(inode.mode, 100, 7, maxOctal7);
  octal(inode.uid, 108, 7, maxOctal7);
  octal(inode.gid, 116, 7, maxOctal7);
  octal(size, 124, 11, maxOctal11);
  octal(mtime, 136, 11, maxOctal11);
  block.write(typeflag, 156, 'latin1');
  block.write(target.slice(0, nameSize), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal('major' in inode ? inode.major : 0, 329, 7, maxOctal7);
  octal('minor' in inode ? inode.minor : 0, 337, 7, maxOctal7);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
