// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// GUID partition tables (UEFI specification 2.10, chapter 5), read from the disk itself: the kernel makes no partitions of a CD
// or of a node that it was told not to scan.

/** One used entry of the table. */
export interface Partition {
  /** From 1, as in the names of the kernel's nodes. */
  readonly number: number;
  /** GUIDs in lower case in their text form. */
  readonly type: string;
  readonly guid: string;
  readonly name: string;
  /** In bytes from the start of the disk. */
  readonly offset: number;
  readonly size: number;
}

/** A table whose checksums are right. */
export interface Gpt {
  /** Bytes of one of its sectors, which need not be the device's: an image for disks may be burnt onto a CD. */
  readonly sectorSize: number;
  readonly diskGuid: string;
  /** The first and last sector that partitions may use. */
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entryCount: number;
  /** Bytes of an entry. */
  readonly entrySize: number;
  /** The first one was broken, so that this is the copy at the end of the disk. */
  readonly isBackup: boolean;
  /** In the order of their numbers. */
  readonly partitions: readonly Partition[];
}

/** `length` bytes of a disk from `offset`; fewer at its end. */
export type ReadDisk = (offset: number, length: number) => Uint8Array;

/** How a header starts, and its bytes that mean something. */
export const signature = 'EFI PART';
export const headerSize = 92;
const sectorSizes = [512, 4096, 2048];
/** The specification asks for at least 128 entries of 128 bytes, and Linux makes nodes for 255 at most: a larger table only takes time. */
export const maxTableSize: number = 1 << 17;
const unused = '00000000-0000-0000-0000-000000000000';

/** Reads the table of a disk of `size` bytes, or its copy when the first is broken. undefined when there is neither. */
export function readGpt(read: ReadDisk, size: number): Gpt | undefined {
  for (const isBackup of [false, true]) {
    for (const sectorSize of sectorSizes) {
      const table = readTable(read, isBackup ? size / sectorSize - 1 : 1, sectorSize, isBackup);
      if (table !== undefined) return table;
    }
  }
  return undefined;
}

function readTable(read: ReadDisk, sector: number, sectorSize: number, isBackup: boolean): Gpt | undefined {
  if (!Number.isInteger(sector) || sector < 1) return undefined;
  const header = read(sector * sectorSize, sectorSize);
  if (header.length < headerSize || asciiOf(header.subarray(0, 8)) !== signature) return undefined;
  const view = viewOf(header);
  const length = view.getUint32(12, true);
  const [entryCount, entrySize] = [view.getUint32(80, true), view.getUint32(84, true)];
  if (length < headerSize || length > header.length || entrySize < 128 || entryCount * entrySize > maxTableSize) {
    return undefined;
  }
  const checked = new Uint8Array(header.subarray(0, length));
  viewOf(checked).setUint32(16, 0, true);
  if (crc32(checked) !== view.getUint32(16, true) || numberAt(view, 24) !== sector) return undefined;
  const entries = read(numberAt(view, 72) * sectorSize, entryCount * entrySize);
  if (entries.length < entryCount * entrySize || crc32(entries) !== view.getUint32(88, true)) return undefined;
  const partitions: Partition[] = [];
  for (let index = 0; index < entryCount; index += 1) {
    const entry = entries.subarray(index * entrySize, (index + 1) * entrySize);
    const partition = readEntry(entry, index + 1, sectorSize);
    if (partition !== undefined) partitions.push(partition);
  }
  return {
    sectorSize,
    diskGuid: guidOf(header.subarray(56, 72)),
    firstUsable: numberAt(view, 40),
    lastUsable: numberAt(view, 48),
    entryCount,
    entrySize,
    isBackup,
    partitions,
  };
}

function readEntry(entry: Uint8Array, number: number, sectorSize: number): Partition | undefined {
  const type = guidOf(entry.subarray(0, 16));
  if (type === unused) return undefined;
  const view = viewOf(entry);
  const [first, last] = [numberAt(view, 32), numberAt(view, 40)];
  return {
    number,
    type,
    guid: guidOf(entry.subarray(16, 32)),
    name: nameOf(view),
    offset: first * sectorSize,
    size: (last - first + 1) * sectorSize,
  };
}

/** The first three fields of a GUID are little-endian on disk, and written as numbers (UEFI specification, appendix A). */
export function guidOf(bytes: Uint8Array): string {
  const hex = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) =>
    (bytes[at] ?? 0).toString(16).padStart(2, '0'),
  );
  return [hex.slice(0, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10), hex.slice(10)]
    .map((part) => part.join(''))
    .join('-');
}

/** 36 units of UTF-16, ended by a zero when there are fewer. */
function nameOf(view: DataView): string {
  let name = '';
  for (let at = 56; at < 128; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) break;
    name += String.fromCharCode(unit);
  }
  return name;
}

/** Numbers of a structure. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Exact as long as a disk has less than 2^53 sectors. */
export function numberAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

/** Bytes as characters. */
export function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

let crcTable: Uint32Array | undefined;

/** CRC-32 as in Ethernet (polynomial 0x04c11db7, reflected), which tables are checked by. */
export function crc32(bytes: Uint8Array): number {
  crcTable ??= makeCrcTable();
  let crc = 0xffffffff;
  // By index: to the engine an iterator over bytes costs several times as much.
  for (let index = 0; index < bytes.length; index += 1)
    crc = (crc >>> 8) ^ (crcTable[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

function makeCrcTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[index] = value;
  }
  return table;
}
