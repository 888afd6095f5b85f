// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { paxNumber, type PaxRecords } from './pax.ts';
import { blockSize, numberField } from './tar-header.ts';

/** A file with holes: `size` bytes, zero but for the parts, which come in order and do not overlap. */
export interface SparseMap {
  readonly size: number;
  /** `at` in the file, `offset` in the archive. */
  readonly parts: readonly { readonly at: number; readonly offset: number; readonly size: number }[];
  /** Where the stored parts end in the archive. */
  readonly end: number;
}

/** Reads a block of the archive that a sparse map goes on in. */
export type ReadBlock = (offset: number) => Buffer;

/** More than this many parts is no file that a tool ever made. */
const maxParts = 1 << 16;

/** Alternating offset and length, as all GNU sparse formats list them. */
interface SparseList {
  readonly numbers: readonly number[];
  readonly realSize: number;
  /** Where the stored parts begin in the archive. */
  readonly data: number;
}

/**
 * The old GNU format (typeflag "S"): four parts in the header and 21 in each extension block that follows it
 * (GNU tar manual, "Old GNU Format"). `stored` is the size of the stored parts together.
 */
export function oldGnuSparse(header: Buffer, offset: number, stored: number, read: ReadBlock): SparseMap {
  const numbers = sparsePairs(header, 386, 4, offset);
  const realSize = numberField(header, 483, 12, 'real size', offset);
  let data = offset + blockSize;
  for (let more = header[482] !== 0; more; data += blockSize) {
    const block = read(data);
    numbers.push(...sparsePairs(block, 0, 21, data));
    checkCount(numbers.length / 2);
    more = block[504] !== 0;
  }
  return mapOf({ numbers, realSize, data }, stored);
}

/** Formats 0.0, 0.1 and 1.0, which describe the holes in pax records; undefined when the records describe none. */
export function paxSparse(records: PaxRecords, data: number, stored: number, read: ReadBlock): SparseMap | undefined {
  const major = records.get('GNU.sparse.major')?.toString('latin1');
  const map = records.get('GNU.sparse.map');
  const size = records.get('GNU.sparse.realsize') ?? records.get('GNU.sparse.size');
  if (major === undefined && map === undefined) {
    return undefined;
  }
  if (size === undefined) {
    throw sparseError('the size of the file is missing');
  }
  const realSize = paxNumber('GNU.sparse.size', size);
  if (map !== undefined) {
    const texts = map.length === 0 ? [] : map.toString('latin1').split(',');
    checkCount(texts.length / 2);
    return mapOf({ numbers: texts.map(sparseNumber), realSize, data }, stored);
  }
  const minor = records.get('GNU.sparse.minor')?.toString('latin1');
  if (major !== '1' || minor !== '0') {
    throw sparseError(`format ${major}.${minor ?? '?'} is unknown, expected 0.0, 0.1 or 1.0`);
  }
  const inline = inlineList(data, stored, read);
  return mapOf({ numbers: inline.numbers, realSize, data: inline.end }, stored - (inline.end - data));
}

/** Format 1.0: decimal lines in front of the data (a count, then offset and length of each part), padded to a block. */
function inlineList(data: number, stored: number, read: ReadBlock): { numbers: number[]; end: number } {
  const lines: string[] = [];
  let rest = '';
  let at = data;
  let wanted = 1;
  while (lines.length < wanted) {
    if (at >= data + stored) {
      throw sparseError('the map ends early');
    }
    const pieces = (rest + read(at).toString('latin1')).split('\n');
    rest = pieces.pop() ?? '';
    lines.push(...pieces);
    at += blockSize;
    if (lines.length > 0) {
      const count = sparseNumber(lines[0] ?? '');
      checkCount(count);
      wanted = 1 + 2 * count;
    }
    if (rest.length > 2 * blockSize) {
      throw sparseError('the map has a number without end');
    }
  }
  return { numbers: lines.slice(1, wanted).map(sparseNumber), end: at };
}

function sparsePairs(block: Buffer, start: number, count: number, offset: number): number[] {
  const numbers: number[] = [];
  for (let at = start; at < start + 24 * count && block[at] !== 0; at += 24) {
    numbers.push(numberField(block, at, 12, 'sparse offset', offset));
    numbers.push(numberField(block, at + 12, 12, 'sparse length', offset));
  }
  return numbers;
}

function mapOf(list: SparseList, stored: number): SparseMap {
  const parts: { at: number; offset: number; size: number }[] = [];
  let end = 0;
  let offset = list.data;
  for (let index = 0; index + 1 < list.numbers.length; index += 2) {
    const at = list.numbers[index] ?? 0;
    const size = list.numbers[index + 1] ?? 0;
    if (at < end || size < 0 || at + size > list.realSize) {
      throw sparseError(
        `the part at ${at} of ${size} bytes does not follow the one before inside ${list.realSize} bytes`,
      );
    }
    if (size > 0) {
      parts.push({ at, offset, size });
    }
    end = at + size;
    offset += size;
  }
  if (list.numbers.length % 2 !== 0 || offset - list.data !== stored) {
    throw sparseError(`the parts have ${offset - list.data} bytes, expected the ${stored} that are stored`);
  }
  return { size: list.realSize, parts, end: offset };
}

function sparseNumber(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw sparseError(`the map has ${JSON.stringify(text.slice(0, 40))}, expected a decimal number`);
  }
  return Number(text);
}

function checkCount(count: number): void {
  if (count > maxParts) {
    throw sparseError(`the map has more than ${maxParts} parts`);
  }
}

function sparseError(text: string): TskitError {
  return new TskitError('archive', `sparse file: ${text}`);
}
