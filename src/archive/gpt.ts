// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { crc32 } from 'node:zlib';
import { guidBytes } from './guid.ts';

/** Of a logical block: what every virtual disk and every image writer assumes. */
export const sectorSize = 512;
const headerSize = 92;
const entrySize = 128;
/** The least that UEFI asks for: an array of 16 KiB (UEFI specification 5.3, GPT Disk Layout). */
const entryCount = 128;
const arraySectors = (entryCount * entrySize) / sectorSize;
/** MBR, header and array. */
export const gptSectorsBefore: number = 2 + arraySectors;
/** Array and header, in this order, at the end of the disk. */
export const gptSectorsAfter: number = arraySectors + 1;
const nameUnits = 36;
const revision = 0x0001_0000;
const protectiveType = 0xee;
const unusedType = 0;
/** Cylinder, head and sector of what is beyond the 1024th cylinder. */
const beyondChs: readonly number[] = [0xfe, 0xff, 0xff];

/** Types of partitions, by the UEFI and the Discoverable Partitions specifications. */
export const partitionTypes = {
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  linuxBoot: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  rootX86_64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  rootArm64: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
  linuxData: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

export interface GptPartition {
  /** GUIDs as text, in either case. */
  readonly type: string;
  readonly guid: string;
  /** At most 36 UTF-16 code units. */
  readonly name: string;
  readonly firstSector: number;
  readonly sectors: number;
  /** Bit 2 makes old firmware boot it, bit 60 makes it read-only. */
  readonly attributes?: bigint;
}

/** A partition that the MBR shows, too, for firmware that knows no GPT. */
export interface HybridEntry {
  /** Of the partition in the GPT, from 0. */
  readonly partition: number;
  readonly type: number;
  readonly isActive: boolean;
}

export interface GptDisk {
  readonly guid: string;
  /** All of the disk's, both tables included. */
  readonly sectors: number;
  readonly partitions: readonly GptPartition[];
  /** At most 440 bytes that a BIOS runs. */
  readonly bootCode?: Uint8Array;
  /** At most three; without them the MBR is the protective one that UEFI asks for. */
  readonly hybrid?: readonly HybridEntry[];
  /**
   * Some firmware boots a disk by its MBR only when an entry is marked active, which the protective one must not be: an unused
   * entry of the first sector is.
   */
  readonly isBiosBootable?: boolean;
  /** The first sector that may become a partition's, when something without an entry lies in front of it. */
  readonly firstUsable?: number;
}

/** What belongs at the disk's beginning, and what at its end. */
export interface GptTables {
  /** {@link gptSectorsBefore} sectors: MBR, header, array. */
  readonly before: Buffer;
  /** {@link gptSectorsAfter} sectors: array, header. */
  readonly after: Buffer;
}

/**
 * The tables of a disk (UEFI specification 5.2 and 5.3). The caller has laid it out: partitions in order and without overlap
 * between the tables.
 */
export function encodeGpt(disk: GptDisk): GptTables {
  checkLayout(disk);
  const array = encodeArray(disk.partitions);
  const last = disk.sectors - 1;
  const mbr = encodeMbr(disk);
  const header = encodeHeader(disk, array, { own: 1, other: last, array: 2 });
  const backup = encodeHeader(disk, array, { own: last, other: 1, array: last - arraySectors });
  return { before: Buffer.concat([mbr, header, array]), after: Buffer.concat([array, backup]) };
}

function checkLayout({ partitions, sectors }: GptDisk): void {
  let free = gptSectorsBefore;
  for (const { firstSector, sectors: length, name } of partitions) {
    if (firstSector < free || length < 1) {
      throw new RangeError(`partition "${name}" at sector ${firstSector}, expected it at ${free} or later`);
    }
    free = firstSector + length;
  }
  if (free > sectors - gptSectorsAfter || partitions.length > entryCount) {
    throw new RangeError(`partitions up to sector ${free}, expected them to end before ${sectors - gptSectorsAfter}`);
  }
}

function encodeArray(partitions: readonly GptPartition[]): Buffer {
  const array = Buffer.alloc(entryCount * entrySize);
  for (const [index, partition] of partitions.entries()) {
    const at = index * entrySize;
    array.set(guidBytes(partition.type), at);
    array.set(guidBytes(partition.guid), at + 16);
    array.writeBigUInt64LE(BigInt(partition.firstSector), at + 32);
    array.writeBigUInt64LE(BigInt(partition.firstSector + partition.sectors - 1), at + 40);
    array.writeBigUInt64LE(partition.attributes ?? 0n, at + 48);
    array.set(Buffer.from(partition.name, 'utf16le').subarray(0, nameUnits * 2), at + 56);
  }
  return array;
}

interface Places {
  readonly own: number;
  readonly other: number;
  readonly array: number;
}

function encodeHeader({ guid, sectors, firstUsable }: GptDisk, array: Buffer, places: Places): Buffer {
  const header = Buffer.alloc(sectorSize);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(revision, 8);
  header.writeUInt32LE(headerSize, 12);
  header.writeBigUInt64LE(BigInt(places.own), 24);
  header.writeBigUInt64LE(BigInt(places.other), 32);
  header.writeBigUInt64LE(BigInt(firstUsable ?? gptSectorsBefore), 40);
  header.writeBigUInt64LE(BigInt(sectors - gptSectorsAfter - 1), 48);
  header.set(guidBytes(guid), 56);
  header.writeBigUInt64LE(BigInt(places.array), 72);
  header.writeUInt32LE(entryCount, 80);
  header.writeUInt32LE(entrySize, 84);
  header.writeUInt32LE(crc32(array), 88);
  // Over the header with this field zero.
  header.writeUInt32LE(crc32(header.subarray(0, headerSize)), 16);
  return header;
}

interface MbrEntry {
  readonly type: number;
  readonly isActive: boolean;
  readonly firstSector: number;
  readonly sectors: number;
}

function encodeMbr({ sectors, partitions, bootCode, hybrid, isBiosBootable }: GptDisk): Buffer {
  const mbr = Buffer.alloc(sectorSize);
  if (bootCode !== undefined) {
    if (bootCode.length > 440) throw new RangeError(`boot code of ${bootCode.length} bytes, expected at most 440`);
    mbr.set(bootCode);
  }
  // The protective entry ends where the first partition that is shown begins, so that nothing overlaps.
  const shown = (hybrid ?? []).map(({ partition, type, isActive }): MbrEntry => {
    const { firstSector, sectors } = partitionAt(partitions, partition);
    return { type, isActive, firstSector, sectors };
  });
  const end = Math.min(sectors, ...shown.map(({ firstSector }) => firstSector));
  const protective: MbrEntry = { type: protectiveType, isActive: false, firstSector: 1, sectors: end - 1 };
  const active: MbrEntry = { type: unusedType, isActive: true, firstSector: 0, sectors: 1 };
  const entries = [protective, ...shown, ...(isBiosBootable === true ? [active] : [])];
  if (entries.length > 4) throw new RangeError(`${entries.length} entries in the MBR, expected at most 4`);
  for (const [index, entry] of entries.entries()) {
    const at = 446 + 16 * index;
    mbr[at] = entry.isActive ? 0x80 : 0;
    // UEFI specification 5.2.3: the protective entry begins at CHS 0/0/2 and ends beyond all of them.
    mbr.set(entry === protective ? [0x00, 0x02, 0x00] : beyondChs, at + 1);
    mbr[at + 4] = entry.type;
    mbr.set(entry === protective ? [0xff, 0xff, 0xff] : beyondChs, at + 5);
    mbr.writeUInt32LE(entry.firstSector, at + 8);
    mbr.writeUInt32LE(Math.min(entry.sectors, 0xffff_ffff), at + 12);
  }
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

function partitionAt(partitions: readonly GptPartition[], index: number): GptPartition {
  const partition = partitions[index];
  if (partition === undefined) throw new RangeError(`a hybrid entry of partition ${index}, expected one that exists`);
  return partition;
}
