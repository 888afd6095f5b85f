// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/** Values of extended header records by keyword, as bytes: a binary xattr is not text. */
export type PaxRecords = Map<string, Buffer>;

const newline = 0x0a;
const equals = 0x3d;

/**
 * Reads the records of an extended header, `LENGTH KEYWORD=VALUE NEWLINE` (POSIX.1-2017 pax, "pax Extended Header").
 * GNU's sparse format 0.0 repeats `GNU.sparse.offset` and `GNU.sparse.numbytes`; they come out joined by commas as the
 * `GNU.sparse.map` that format 0.1 has. `offset` is the place in the archive, for messages.
 * @throws TskitError `archive` when a record is malformed.
 */
export function parsePax(data: Buffer, offset: number): PaxRecords {
  const records: PaxRecords = new Map();
  const sparse: string[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const digits = space === -1 ? '' : data.toString('latin1', at, Math.min(space, at + 16));
    const end = /^[0-9]+$/.test(digits) ? at + Number(digits) : 0;
    const split = data.indexOf(equals, space);
    if (end <= space || end > data.length || data[end - 1] !== newline || split === -1 || split >= end) {
      throw new TskitError('archive', `pax header at byte ${offset}: the record at byte ${at} of it is malformed`);
    }
    const key = data.toString('utf8', space + 1, split);
    const value = data.subarray(split + 1, end - 1);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      sparse.push(value.toString('latin1'));
    } else {
      records.set(key, value);
    }
    at = end;
  }
  if (sparse.length > 0) {
    records.set('GNU.sparse.map', Buffer.from(sparse.join(','), 'latin1'));
  }
  return records;
}

/**
 * A decimal number of a record, rounded down (times may have a fraction).
 * @throws TskitError `archive` when it is not one, or above 2^53.
 */
export function paxNumber(key: string, value: Buffer): number {
  const text = value.toString('latin1');
  const number = Math.floor(Number(text));
  if (!/^-?[0-9]+(\.[0-9]*)?$/.test(text) || !Number.isSafeInteger(number)) {
    throw new TskitError(
      'archive',
      `pax header: ${key} is ${JSON.stringify(text.slice(0, 40))}, expected a decimal number`,
    );
  }
  return number;
}

const xattrPrefix = 'SCHILY.xattr.';

/** The extended attributes among the records, or undefined when there are none. */
export function paxXattrs(records: PaxRecords): ReadonlyMap<string, Uint8Array> | undefined {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(xattrPrefix)) {
      xattrs.set(key.slice(xattrPrefix.length), Uint8Array.from(value));
    }
  }
  return xattrs.size === 0 ? undefined : xattrs;
}
