// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Bytes } from '../file-tree.ts';

export const blockSize = 512;

/** One header block, numbers decoded, names as they stand in the block (POSIX.1-2017 pax, "ustar Interchange Format"). */
export interface TarHeader {
  readonly path: Bytes;
  readonly linkPath: Bytes;
  /** The typeflag character; NUL of old archives reads as "0". */
  readonly typeflag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/** Bytes rounded up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

export function isZeroBlock(block: Buffer): boolean {
  if (block[0] !== 0) {
    return false;
  }
  return block.every((byte) => byte === 0);
}

/**
 * Decodes a header block. `offset` is its place in the archive, for messages.
 * @throws TskitError `archive` when the checksum is wrong or a number is not one.
 */
export function parseHeader(block: Buffer, offset: number): TarHeader {
  verifyChecksum(block, offset);
  const typeflag = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  const isDevice = typeflag === '3' || typeflag === '4';
  return {
    path: fullPath(block),
    linkPath: textField(block, 157, 100),
    typeflag,
    mode: numberField(block, 100, 8, 'mode', offset),
    uid: numberField(block, 108, 8, 'uid', offset),
    gid: numberField(block, 116, 8, 'gid', offset),
    size: numberField(block, 124, 12, 'size', offset),
    mtime: numberField(block, 136, 12, 'mtime', offset),
    major: isDevice ? numberField(block, 329, 8, 'device major', offset) : 0,
    minor: isDevice ? numberField(block, 337, 8, 'device minor', offset) : 0,
  };
}

/** A field up to its first NUL. */
export function textField(block: Buffer, start: number, length: number): Bytes {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end === -1 ? length : end) as Bytes;
}

/**
 * A number in octal digits, or in base 256 when the first bit is set (GNU tar's and star's extension for large values;
 * all ones in the first byte for negative ones).
 * @throws TskitError `archive` for other bytes and for magnitudes above 2^53.
 */
export function numberField(block: Buffer, start: number, length: number, name: string, offset: number): number {
  const first = block[start] ?? 0;
  if (first >= 0x80) {
    return base256(block.subarray(start, start + length), name, offset);
  }
  const text = block.toString('latin1', start, start + length);
  const digits = /^[\0 ]*([^\0 ]*)/.exec(text)?.[1] ?? '';
  if (digits === '') {
    return 0;
  }
  if (!/^[0-7]+$/.test(digits)) {
    throw headerError(offset, `${name} is ${JSON.stringify(digits)}, expected octal digits`);
  }
  return Number.parseInt(digits, 8);
}

function base256(field: Buffer, name: string, offset: number): number {
  const negative = field[0] === 0xff;
  let value = negative ? -1 : (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) {
    value = value * 256 + byte;
  }
  if (!Number.isSafeInteger(value)) {
    throw headerError(offset, `${name} is too large`);
  }
  return value;
}

function fullPath(block: Buffer): Bytes {
  const name = textField(block, 0, 100);
  // "ustar" NUL is POSIX; GNU's "ustar  " has other things where POSIX has the prefix, and star ends its shorter one with "tar".
  if (block.toString('latin1', 257, 263) !== 'ustar\0') {
    return name;
  }
  const prefix = textField(block, 345, block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155);
  return prefix === '' ? name : (`${prefix}/${name}` as Bytes);
}

/** The sum of all bytes with the checksum field read as spaces; some old archives summed signed bytes. */
function verifyChecksum(block: Buffer, offset: number): void {
  let unsigned = 0;
  let negatives = 0;
  for (let at = 0; at < blockSize; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    negatives += byte >> 7;
  }
  const stored = numberField(block, 148, 8, 'checksum', offset);
  if (stored !== unsigned && stored !== unsigned - 256 * negatives) {
    throw headerError(offset, `checksum is ${unsigned.toString(8)}, expected ${stored.toString(8)}`);
  }
}

function headerError(offset: number, text: string): TskitError {
  return new TskitError('archive', `tar header at byte ${offset}: ${text}`);
}

/** An error about the entry or header at byte `at`. */
export function tarError(at: number, text: string): TskitError {
  return new TskitError('archive', `tar entry at byte ${at}: ${text}`);
}
