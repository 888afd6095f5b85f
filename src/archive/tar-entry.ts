// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, textOf } from '../file-tree.ts';
import { type PaxRecords, parsePax, paxNumber, paxXattrs } from './pax.ts';
import { oldGnuSparse, paxSparse, type ReadBlock, type SparseMap } from './sparse.ts';
import { blockSize, tarError, type TarHeader } from './tar-header.ts';

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
  /** Extended header records, those that have a field here included; valid until the next entry is asked for. */
  readonly records: PaxRecords;
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

/** What extended headers in front of an entry say of it. */
export interface Extension {
  readonly records?: PaxRecords;
  /** GNU's long name, and long link target. */
  readonly path?: Bytes;
  readonly linkPath?: Bytes;
}

/** Takes in one more header of the types "x" (pax), "L" and "K" (GNU). */
export function extend(extension: Extension, typeflag: string, body: Buffer, at: number): Extension {
  if (typeflag === 'x') {
    return { ...extension, records: parsePax(body, at) };
  }
  const nul = body.indexOf(0);
  const text = body.toString('latin1', 0, nul === -1 ? body.length : nul) as Bytes;
  return typeflag === 'L' ? { ...extension, path: text } : { ...extension, linkPath: text };
}

/**
 * The entry that a header begins, and where its content ends. `block` is the header at byte `at` of the archive.
 * @param read gives other blocks, for sparse maps.
 * @throws TskitError `archive` when it is of an unknown type, or a number or a sparse map is none.
 */
export function entryOf(
  header: TarHeader,
  block: Buffer,
  at: number,
  extension: Extension,
  globals: PaxRecords,
  read: ReadBlock,
): { readonly entry: TarEntry; readonly end: number } {
  const type = types[header.typeflag];
  if (type === undefined) {
    throw tarError(at, `"${textOf(header.path)}" is of the unknown type ${JSON.stringify(header.typeflag)}`);
  }
  const records = applicable(extension, globals);
  const fields = { ...namesOf(header, extension, records), ...numbersOf(header, records) };
  checkSigns(fields, at);
  const data = at + blockSize;
  // Links, directories and nodes have no content, whatever their size field says (old writers put the target's size there).
  const holds = type === 'file' && !(header.typeflag === '0' && fields.path.endsWith('/'));
  const stored = holds ? fields.size : 0;
  const sparse = holds ? sparseOf(header.typeflag, block, at, stored, records, read) : undefined;
  const xattrs = paxXattrs(records);
  const entry: TarEntry = {
    ...fields,
    type: type === 'file' && !holds ? 'directory' : type,
    offset: data,
    size: sparse?.size ?? stored,
    records,
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(sparse === undefined ? {} : { sparse }),
  };
  return { entry, end: sparse?.end ?? data + stored };
}

function namesOf(header: TarHeader, extension: Extension, records: PaxRecords): Pick<TarEntry, 'path' | 'linkPath'> {
  const text = (key: string): Bytes | undefined => records.get(key)?.toString('latin1') as Bytes | undefined;
  return {
    path: extension.path ?? text('GNU.sparse.name') ?? text('path') ?? header.path,
    linkPath: extension.linkPath ?? text('linkpath') ?? header.linkPath,
  };
}

type Numbers = Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'major' | 'minor' | 'size'>;

function numbersOf(header: TarHeader, records: PaxRecords): Numbers {
  const number = (key: 'uid' | 'gid' | 'mtime' | 'size'): number => {
    const record = records.get(key);
    return record === undefined ? header[key] : paxNumber(key, record);
  };
  return {
    mode: header.mode & 0o7777,
    uid: number('uid'),
    gid: number('gid'),
    mtime: number('mtime'),
    major: header.major,
    minor: header.minor,
    size: number('size'),
  };
}

function checkSigns(fields: Numbers & Pick<TarEntry, 'path'>, at: number): void {
  for (const name of ['uid', 'gid', 'size'] as const) {
    if (fields[name] < 0) {
      throw tarError(at, `"${textOf(fields.path)}" has a negative ${name} (${fields[name]})`);
    }
  }
}

function sparseOf(
  typeflag: string,
  block: Buffer,
  at: number,
  stored: number,
  records: PaxRecords,
  read: ReadBlock,
): SparseMap | undefined {
  if (typeflag === 'S') {
    return oldGnuSparse(block, at, stored, read);
  }
  return paxSparse(records, at + blockSize, stored, read);
}

const noRecords: PaxRecords = new Map();

/** An entry's own records before the global ones; an empty value takes back what a record or a global one said. */
function applicable(extension: Extension, globals: PaxRecords): PaxRecords {
  if (globals.size === 0 && extension.records === undefined) {
    return noRecords;
  }
  const records: PaxRecords = new Map([...globals, ...(extension.records ?? [])]);
  for (const key of ['path', 'linkpath', 'size', 'uid', 'gid', 'mtime']) {
    if (records.get(key)?.length === 0) {
      records.delete(key);
    }
  }
  return records;
}
