// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A GUID partition table to be changed (UEFI specification 2.10, chapter 5.3). It is on the disk twice, and every change is made
// so that at each moment one of both copies is whole: power may fail between any two writes.

import { asciiOf, crc32, headerSize, maxTableSize, numberAt, signature, viewOf } from '../boot/gpt.ts';
import type { BlockDevice } from './block-device.ts';

/** What both copies say. Sectors are the device's. */
export interface Table {
  readonly diskGuid: Uint8Array;
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entryCount: number;
  readonly entrySize: number;
  /** Where the entries of the first copy start. */
  readonly entriesSector: number;
  readonly entries: Uint8Array;
}

/** A table as it was found. */
export interface FoundTable {
  readonly table: Table;
  /** What is to be written so that both copies are whole and the second one is at the end of the disk, in this order. */
  readonly toMend: readonly Copy[];
}

export type Copy = 'primary' | 'backup';

const fewestEntries = 128;
const plainEntrySize = 128;

/**
 * Reads the table of a disk; undefined when neither copy is whole, or the MBR says that it has no such table: then copies are what an
 * earlier use of the disk has left, and mending them would write over what is there now. Where they differ the first one counts. Throws
 * for a disk that is smaller than its table says.
 */
export function readTable(device: BlockDevice): FoundTable | undefined {
  if (!hasProtectiveEntry(device.read(0, device.sectorSize))) return undefined;
  const end = device.size / device.sectorSize - 1;
  const primary = readCopy(device, 1);
  const backup = readCopy(device, end);
  if (primary === undefined) {
    return backup === undefined ? undefined : { table: { ...backup.table, entriesSector: 2 }, toMend: ['primary'] };
  }
  if (primary.alternate > end) {
    throw new Error(
      `its partition table was made for ${primary.alternate + 1} sectors, and it has ${end + 1}: the disk has become smaller`,
    );
  }
  if (primary.alternate === end) {
    return { table: primary.table, toMend: isSame(primary, backup) ? [] : ['backup'] };
  }
  const lastUsable = end - 1 - sectorsOfEntries(device, primary.table);
  return { table: { ...primary.table, lastUsable }, toMend: ['backup', 'primary'] };
}

/** As the kernel asks for before it looks at a table (UEFI 2.10, 5.2.3); a hybrid MBR has other entries as well. */
function hasProtectiveEntry(mbr: Uint8Array): boolean {
  const isMbr = mbr[510] === 0x55 && mbr[511] === 0xaa;
  return isMbr && [450, 466, 482, 498].some((type) => mbr[type] === 0xee);
}

interface ReadCopy {
  readonly table: Table;
  readonly alternate: number;
  /** Of the entries, which is right. */
  readonly checksum: number;
}

function isSame(one: ReadCopy, other: ReadCopy | undefined): boolean {
  return (
    other !== undefined &&
    other.checksum === one.checksum &&
    other.table.firstUsable === one.table.firstUsable &&
    other.table.lastUsable === one.table.lastUsable &&
    asciiOf(other.table.diskGuid) === asciiOf(one.table.diskGuid) &&
    other.table.entries.length === one.table.entries.length
  );
}

function readCopy(device: BlockDevice, sector: number): ReadCopy | undefined {
  const header = device.read(sector * device.sectorSize, device.sectorSize);
  if (header.length < headerSize || asciiOf(header.subarray(0, 8)) !== signature) return undefined;
  const view = viewOf(header);
  const length = view.getUint32(12, true);
  const [entryCount, entrySize] = [view.getUint32(80, true), view.getUint32(84, true)];
  const size = entryCount * entrySize;
  if (length < headerSize || length > header.length || entrySize < plainEntrySize || size > maxTableSize)
    return undefined;
  const checked = header.slice(0, length);
  viewOf(checked).setUint32(16, 0, true);
  if (crc32(checked) !== view.getUint32(16, true) || numberAt(view, 24) !== sector) return undefined;
  const entriesSector = numberAt(view, 72);
  const whole = Math.ceil(size / device.sectorSize) * device.sectorSize;
  const entries = device.read(entriesSector * device.sectorSize, whole).slice(0, size);
  const checksum = view.getUint32(88, true);
  if (entries.length < size || crc32(entries) !== checksum) return undefined;
  return {
    checksum,
    alternate: numberAt(view, 32),
    table: {
      diskGuid: header.slice(56, 72),
      firstUsable: numberAt(view, 40),
      lastUsable: numberAt(view, 48),
      entryCount,
      entrySize,
      entriesSector,
      entries,
    },
  };
}

/** A table without partitions for a disk that has none. */
export function emptyTable(device: BlockDevice, diskGuid: Uint8Array): Table {
  const shape = {
    diskGuid,
    entryCount: fewestEntries,
    entrySize: plainEntrySize,
    entriesSector: 2,
    entries: new Uint8Array(fewestEntries * plainEntrySize),
  };
  const sectors = sectorsOfEntries(device, shape);
  return { ...shape, firstUsable: 2 + sectors, lastUsable: device.size / device.sectorSize - 2 - sectors };
}

function sectorsOfEntries(
  { sectorSize }: BlockDevice,
  { entryCount, entrySize }: Pick<Table, 'entryCount' | 'entrySize'>,
): number {
  return Math.ceil((entryCount * entrySize) / sectorSize);
}

/** Writes copies of a table that is already on the disk, each onto the medium before the next. */
export function writeCopies(device: BlockDevice, table: Table, copies: readonly Copy[]): void {
  for (const copy of copies) {
    writeCopy(device, table, copy);
    device.flush();
  }
}

function writeCopy(device: BlockDevice, table: Table, copy: Copy): void {
  const { sectorSize } = device;
  const end = device.size / sectorSize - 1;
  const sectors = sectorsOfEntries(device, table);
  const [own, alternate, entriesSector] = copy === 'primary' ? [1, end, table.entriesSector] : [end, 1, end - sectors];
  const entries = new Uint8Array(sectors * sectorSize);
  entries.set(table.entries);
  device.write(entriesSector * sectorSize, entries);
  device.write(own * sectorSize, headerOf(table, own, alternate, entriesSector, sectorSize));
}

function headerOf(table: Table, own: number, alternate: number, entriesSector: number, sectorSize: number): Uint8Array {
  const header = new Uint8Array(sectorSize);
  const view = viewOf(header);
  for (let index = 0; index < signature.length; index += 1) header[index] = signature.charCodeAt(index);
  view.setUint32(8, 0x00010000, true);
  view.setUint32(12, headerSize, true);
  for (const [offset, value] of [
    [24, own],
    [32, alternate],
    [40, table.firstUsable],
    [48, table.lastUsable],
    [72, entriesSector],
  ] as const)
    setNumber(view, offset, value);
  header.set(table.diskGuid, 56);
  view.setUint32(80, table.entryCount, true);
  view.setUint32(84, table.entrySize, true);
  view.setUint32(88, crc32(table.entries), true);
  view.setUint32(16, crc32(header.subarray(0, headerSize)), true);
  return header;
}

/** 64 bits, exact below 2^53. */
export function setNumber(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}
