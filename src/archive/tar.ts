// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readSync } from 'node:fs';
import { TskitError } from '../errors.ts';
import { type Bytes, textOf } from '../file-tree.ts';
import { paxNumber, type PaxRecords, paxXattrs, parsePax } from './pax.ts';
import { oldGnuSparse, paxSparse, type SparseMap } from './sparse.ts';
import { blockSize, isZeroBlock, padded, parseHeader, type TarHeader } from './tar-header.ts';

export type TarEntryType = 'file' | 'link' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

/** An entry as it stands in the archive, extensions applied. Paths are unchecked: they may be absolute or contain `..`. */
export interface TarEntry {
  readonly path: Bytes;
  readonly type: TarEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds. */
  readonly mtime: number;
  /** Target of a hard or symbolic link, else empty. */
  readonly linkPath: Bytes;
  readonly major: number;
  readonly minor: number;
  /** Where the content of a file is in the archive; of a sparse file see `sparse`. */
  readonly offset: number;
  readonly size: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly sparse?: SparseMap;
}

const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

/** Long names and extended headers are read into memory, so their declared size must be sane. */
const maxExtension = 1 << 20;
/** What one read brings in. Most files are smaller, so that several headers come with it; the content of larger ones is skipped. */
const windowSize = 64 * 1024;

/**
 * Lists an archive by its headers, with positioned reads that skip the contents. Understands ustar, GNU (long names, base
 * 256, sparse) and pax (records, global headers, xattrs, sparse). The end is two zero blocks or the end of the file at a header's place;
 * what follows the zero blocks is padding.
 * @param size of the archive in bytes.
 * @param start where it begins in the file; offsets of entries count from the file's first byte.
 * @throws TskitError `archive` when it is truncated, damaged or holds an entry type that has no meaning in a layer.
 */
export function* readTar(fd: number, size: number, start = 0): Generator<TarEntry> {
  const end = start + size;
  const window = new Window(fd, end);
  const globals: PaxRecords = new Map();
  let extension: Extension = {};
  for (let at = start; at < end; ) {
    const block = window.block(at);
    if (isZeroBlock(block)) {
      checkEnd(window, at, end);
      break;
    }
    const header = parseHeader(block, at);
    const data = at + blockSize;
    if ('xgLK'.includes(header.typeflag)) {
      const body = window.body(data, header.size, at);
      if (header.typeflag === 'g') {
        parsePax(body, at).forEach((value, key) => globals.set(key, Buffer.from(value)));
      } else {
        extension = extend(extension, header.typeflag, body, at);
      }
      at = data + padded(header.size);
      continue;
    }
    const { entry, end: next } = entryOf(header, block, at, { ...extension, globals }, window);
    if (next > end) {
      throw archiveError(
        at,
        `"${textOf(entry.path)}" needs ${next - data} bytes of content, the archive ends after ${end - data}`,
      );
    }
    yield entry;
    extension = {};
    at = start + padded(next - start);
  }
}

interface Extension {
  readonly records?: PaxRecords;
  readonly path?: Bytes;
  readonly linkPath?: Bytes;
}

function extend(extension: Extension, typeflag: string, body: Buffer, at: number): Extension {
  if (typeflag === 'x') {
    return { ...extension, records: parsePax(body, at) };
  }
  const nul = body.indexOf(0);
  const text = body.toString('latin1', 0, nul === -1 ? body.length : nul) as Bytes;
  return typeflag === 'L' ? { ...extension, path: text } : { ...extension, linkPath: text };
}

function entryOf(
  header: TarHeader,
  block: Buffer,
  at: number,
  extension: Extension & { readonly globals: PaxRecords },
  window: Window,
): { entry: TarEntry; end: number } {
  const type = types[header.typeflag];
  if (type === undefined) {
    throw archiveError(at, `"${textOf(header.path)}" is of the unknown type ${JSON.stringify(header.typeflag)}`);
  }
  const records = applicable(extension);
  const text = (key: string): Bytes | undefined => records?.get(key)?.toString('latin1') as Bytes | undefined;
  const number = (key: string, value: number): number => {
    const record = records?.get(key);
    return record === undefined ? value : paxNumber(key, record);
  };
  const path = extension.path ?? text('GNU.sparse.name') ?? text('path') ?? header.path;
  const stored = number('size', header.size);
  const numbers = { uid: number('uid', header.uid), gid: number('gid', header.gid), stored };
  for (const [name, value] of Object.entries(numbers)) {
    if (value < 0) {
      throw archiveError(at, `"${textOf(path)}" has a negative ${name === 'stored' ? 'size' : name} (${value})`);
    }
  }
  const data = at + blockSize;
  const read = (offset: number): Buffer => window.block(offset);
  // Links, directories and nodes have no content, whatever their size field says (old writers put the target's size there).
  const holds = type === 'file' && !(header.typeflag === '0' && path.endsWith('/'));
  const sparse = holds ? sparseOf(header, block, at, records, stored, read) : undefined;
  const end = sparse?.end ?? (holds ? data + stored : data);
  const xattrs = records === undefined ? undefined : paxXattrs(records);
  const entry: TarEntry = {
    path,
    type: type === 'file' && !holds ? 'directory' : type,
    mode: header.mode & 0o7777,
    uid: numbers.uid,
    gid: numbers.gid,
    mtime: number('mtime', header.mtime),
    linkPath: extension.linkPath ?? text('linkpath') ?? header.linkPath,
    major: header.major,
    minor: header.minor,
    offset: data,
    size: sparse?.size ?? (holds ? stored : 0),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(sparse === undefined ? {} : { sparse }),
  };
  return { entry, end };
}

function sparseOf(
  header: TarHeader,
  block: Buffer,
  at: number,
  records: PaxRecords | undefined,
  stored: number,
  read: (offset: number) => Buffer,
): SparseMap | undefined {
  if (header.typeflag === 'S') {
    return oldGnuSparse(block, at, stored, read);
  }
  return records === undefined ? undefined : paxSparse(records, at + blockSize, stored, read);
}

/** An entry's own records before the global ones; an empty value takes back what a record or a global one said. */
function applicable(extension: Extension & { readonly globals: PaxRecords }): PaxRecords | undefined {
  if (extension.globals.size === 0 && extension.records === undefined) {
    return undefined;
  }
  const records: PaxRecords = new Map([...extension.globals, ...(extension.records ?? [])]);
  for (const key of ['path', 'linkpath', 'size', 'uid', 'gid', 'mtime']) {
    if (records.get(key)?.length === 0) {
      records.delete(key);
    }
  }
  return records;
}

function checkEnd(window: Window, at: number, end: number): void {
  const next = at + blockSize;
  if (next < end && !isZeroBlock(window.block(next))) {
    throw archiveError(at, 'a single zero block in the middle of the archive');
  }
}

/** A buffer over a moving part of the archive. */
class Window {
  readonly #buffer = Buffer.allocUnsafeSlow(windowSize);
  readonly #fd: number;
  readonly #size: number;
  #start = 0;
  #length = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** The block at `offset`; valid until the next call. */
  block(offset: number): Buffer {
    const from = offset - this.#start;
    if (from < 0 || from + blockSize > this.#length) {
      this.#start = offset;
      this.#length = readFully(this.#fd, this.#buffer, offset);
      if (this.#length < blockSize) {
        throw archiveError(offset, `the archive ends in the middle of a block, after ${this.#size} bytes`);
      }
      return this.#buffer.subarray(0, blockSize);
    }
    return this.#buffer.subarray(from, from + blockSize);
  }

  /** The content of an extension entry, copied. */
  body(offset: number, size: number, at: number): Buffer {
    if (size < 0 || size > maxExtension) {
      throw archiveError(at, `an extended header of ${size} bytes, expected at most ${maxExtension}`);
    }
    const body = Buffer.alloc(size);
    if (readFully(this.#fd, body, offset) < size) {
      throw archiveError(at, `the archive ends in an extended header, after ${this.#size} bytes`);
    }
    return body;
  }
}

function readFully(fd: number, buffer: Buffer, position: number): number {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(fd, buffer, done, buffer.length - done, position + done);
    if (count === 0) {
      break;
    }
    done += count;
  }
  return done;
}

function archiveError(at: number, text: string): TskitError {
  return new TskitError('archive', `tar entry at byte ${at}: ${text}`);
}
