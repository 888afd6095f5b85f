// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// ISO 9660 (ECMA-119) with the names of Rock Ridge (IEEE P1282) or Joliet.

import { inFolder, longestFile, longestFolder, type Medium, type ReadDevice, refuseLength, wholeOf } from './medium.ts';

const sectorSize = 2048;
const firstDescriptor = 16;
/** Volume descriptors are few. */
const mostDescriptors = 32;
const primary = 1;
const supplementary = 2;
const folderFlag = 2;

interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly isFolder: boolean;
}

type Named = Extent & { readonly name: string };

/** The file system of a disc; undefined when it is another. */
export function readIso9660(read: ReadDevice): Medium | undefined {
  const descriptors = readDescriptors(read);
  const main = descriptors.find((bytes) => bytes[0] === primary);
  if (main === undefined) return undefined;
  const joliet = descriptors.find((bytes) => bytes[0] === supplementary && isJoliet(bytes));
  const trees = [
    { root: rootOf(main), isWide: false },
    ...(joliet === undefined ? [] : [{ root: rootOf(joliet), isWide: true }]),
  ];
  return {
    label: latin(main.subarray(40, 72)).trimEnd(),
    read(path) {
      for (const { root, isWide } of trees) {
        const found = find(read, root, path, isWide);
        if (found === undefined || found.isFolder) continue;
        refuseLength(found.length, longestFile);
        return wholeOf(read(found.offset, found.length), found.length);
      }
      return undefined;
    },
  };
}

function readDescriptors(read: ReadDevice): Uint8Array[] {
  const descriptors: Uint8Array[] = [];
  for (let at = 0; at < mostDescriptors; at += 1) {
    const bytes = read((firstDescriptor + at) * sectorSize, sectorSize);
    if (bytes.length < sectorSize || latin(bytes.subarray(1, 6)) !== 'CD001' || bytes[0] === 255) break;
    descriptors.push(bytes);
  }
  return descriptors;
}

/** By its escape sequence, one of three levels. */
function isJoliet(bytes: Uint8Array): boolean {
  return ['%/@', '%/C', '%/E'].includes(latin(bytes.subarray(88, 91)));
}

function rootOf(descriptor: Uint8Array): Extent {
  return extentOf(descriptor.subarray(156, 190));
}

function extentOf(record: Uint8Array): Extent {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  return {
    offset: view.getUint32(2, true) * sectorSize,
    length: view.getUint32(10, true),
    isFolder: ((record[25] ?? 0) & folderFlag) !== 0,
  };
}

function find(read: ReadDevice, root: Extent, path: string, isWide: boolean): Extent | undefined {
  let at: Extent | undefined = root;
  for (const step of path.toLowerCase().split('/')) {
    if (!at?.isFolder) return undefined;
    const { length } = at;
    inFolder(() => refuseLength(length, longestFolder));
    at = entriesOf(read(at.offset, at.length), isWide).find(({ name }) => name === step);
  }
  return at;
}

function entriesOf(bytes: Uint8Array, isWide: boolean): Named[] {
  const entries: Named[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    // No record crosses the end of a sector.
    if (length === 0) {
      at = (Math.floor(at / sectorSize) + 1) * sectorSize;
      continue;
    }
    const record = bytes.subarray(at, at + length);
    if (record.length < 34) break;
    entries.push({ ...extentOf(record), name: nameOf(record, isWide) });
    at += length;
  }
  return entries;
}

/** In lower case: of Rock Ridge, where there is one, else without the version. */
function nameOf(record: Uint8Array, isWide: boolean): string {
  const length = record[32] ?? 0;
  const own = record.subarray(33, 33 + length);
  const text = isWide
    ? wide(own)
    : (rockRidgeName(record.subarray(33 + length + (length % 2 === 0 ? 1 : 0))) ?? latin(own));
  return text.replace(/;\d+$/, '').replace(/\.$/, '').toLowerCase();
}

/** The entries NM of the system use area; a name may be in several pieces. */
function rockRidgeName(area: Uint8Array): string | undefined {
  let name: string | undefined;
  for (let at = 0; at + 4 < area.length; ) {
    const length = area[at + 2] ?? 0;
    if (length < 4) break;
    if (latin(area.subarray(at, at + 2)) === 'NM') name = (name ?? '') + latin(area.subarray(at + 5, at + length));
    at += length;
  }
  return name;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function wide(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at + 1 < bytes.length; at += 2)
    text += String.fromCharCode(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  return text;
}
