// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// FAT12, FAT16 and FAT32 with long names (Microsoft's "FAT: General Overview of On-Disk Format", 1.03).

import { inFolder, longestFile, longestFolder, type Medium, type ReadDevice, refuseLength, wholeOf } from './medium.ts';

const entrySize = 32;
const labelFlag = 8;
const folderFlag = 0x10;
const longName = 0x0f;
/** The entry that comes first has this in its number, and is the last part of the name (6.1 and 7.1). */
const lastPart = 0x40;
const mostParts = 20;
const longestName = 255;
const deleted = 0xe5;

interface Volume {
  readonly read: ReadDevice;
  readonly bits: 12 | 16 | 32;
  readonly tableOffset: number;
  readonly dataOffset: number;
  readonly clusterSize: number;
  readonly clusters: number;
  /** Of FAT12 and FAT16: a place of its own. */
  readonly rootFolder: { readonly offset: number; readonly length: number } | undefined;
  readonly rootCluster: number;
  readonly label: string;
}

interface Entry {
  readonly name: string;
  readonly cluster: number;
  readonly length: number;
  readonly isFolder: boolean;
}

interface Folder {
  readonly entries: readonly Entry[];
  readonly label: string | undefined;
}

/** FAT has two labels, that of the boot sector and the one that counts. */
export interface FatMedium extends Medium {
  /** That of the root folder, of eleven characters of one byte each; undefined when there is none. */
  readonly rootLabel: string | undefined;
}

/** The file system of a device; undefined when it is another. */
export function readFat(read: ReadDevice): FatMedium | undefined {
  const volume = readVolume(read);
  if (volume === undefined) return undefined;
  const root = parseFolder(readRoot(volume));
  return {
    label: (root.label ?? volume.label).trimEnd(),
    rootLabel: root.label,
    read(path) {
      const found = find(volume, root, path);
      if (found === undefined || found.isFolder) return undefined;
      refuseLength(found.length, longestFile);
      return wholeOf(readChain(volume, found.cluster, found.length), found.length);
    },
  };
}

function readVolume(read: ReadDevice): Volume | undefined {
  const boot = read(0, 512);
  if (boot.length < 512 || boot[510] !== 0x55 || boot[511] !== 0xaa) return undefined;
  const view = new DataView(boot.buffer, boot.byteOffset, boot.byteLength);
  const sector = view.getUint16(11, true);
  const perCluster = boot[13] ?? 0;
  const reserved = view.getUint16(14, true);
  const tables = boot[16] ?? 0;
  const rootEntries = view.getUint16(17, true);
  const sectors = view.getUint16(19, true) || view.getUint32(32, true);
  const tableSectors = view.getUint16(22, true) || view.getUint32(36, true);
  const isSane = isPowerOfTwo(sector, 512, 4096) && isPowerOfTwo(perCluster, 1, 128);
  if (!isSane || reserved === 0 || tables === 0 || tables > 4 || tableSectors === 0) return undefined;
  const rootOffset = (reserved + tables * tableSectors) * sector;
  const rootLength = Math.ceil((rootEntries * entrySize) / sector) * sector;
  const clusters = Math.floor((sectors - (rootOffset + rootLength) / sector) / perCluster);
  if (clusters <= 0) return undefined;
  // By the number of clusters and nothing else.
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  return {
    read,
    bits,
    clusters,
    tableOffset: reserved * sector,
    dataOffset: rootOffset + rootLength,
    clusterSize: sector * perCluster,
    rootFolder: bits === 32 ? undefined : { offset: rootOffset, length: rootLength },
    rootCluster: bits === 32 ? view.getUint32(44, true) : 0,
    label: latin(boot.subarray(bits === 32 ? 71 : 43, bits === 32 ? 82 : 54)),
  };
}

function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && (value & (value - 1)) === 0;
}

function readRoot({ rootFolder, rootCluster, ...rest }: Volume): Uint8Array {
  if (rootFolder !== undefined) return readLimited(rest.read, rootFolder.offset, rootFolder.length);
  return readFolder({ rootFolder, rootCluster, ...rest }, rootCluster);
}

function readLimited(read: ReadDevice, offset: number, length: number): Uint8Array {
  inFolder(() => refuseLength(length, longestFolder));
  return read(offset, length);
}

/** Its length is nowhere but in its chain. */
function readFolder(volume: Volume, first: number): Uint8Array {
  const bytes = readChain(volume, first, longestFolder + 1);
  inFolder(() => refuseLength(bytes.length, longestFolder));
  return bytes;
}

/** At least that many bytes, in whole clusters, when the chain has them. One that bites its own tail ends there too. */
function readChain(volume: Volume, first: number, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (
    let cluster = first;
    length < most && cluster >= 2 && cluster < volume.clusters + 2;
    cluster = next(volume, cluster)
  ) {
    const part = volume.read(volume.dataOffset + (cluster - 2) * volume.clusterSize, volume.clusterSize);
    parts.push(part);
    if (part.length === 0) break;
    length += part.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function next({ read, bits, tableOffset }: Volume, cluster: number): number {
  const entry = read(tableOffset + Math.floor((cluster * bits) / 8), bits === 32 ? 4 : 2);
  const low = (entry[0] ?? 0xff) | ((entry[1] ?? 0xff) << 8);
  if (bits === 16) return low;
  if (bits === 12) return cluster % 2 === 1 ? low >> 4 : low & 0xfff;
  return low | ((entry[2] ?? 0xff) << 16) | (((entry[3] ?? 0xff) & 0x0f) << 24);
}

function find(volume: Volume, root: Folder, path: string): Entry | undefined {
  let folder = root;
  let found: Entry | undefined;
  for (const step of path.toLowerCase().split('/')) {
    if (found !== undefined) {
      if (!found.isFolder) return undefined;
      folder = parseFolder(readFolder(volume, found.cluster));
    }
    found = folder.entries.find(({ name }) => name === step);
    if (found === undefined) return undefined;
  }
  return found;
}

function parseFolder(bytes: Uint8Array): Folder {
  const entries: Entry[] = [];
  let label: string | undefined;
  let long: LongName | undefined;
  for (let at = 0; at + entrySize <= bytes.length && bytes[at] !== 0; at += entrySize) {
    const record = bytes.subarray(at, at + entrySize);
    const flags = record[11] ?? 0;
    if (record[0] === deleted) long = undefined;
    else if (flags === longName) long = addPart(long, record);
    else if ((flags & labelFlag) !== 0) label ??= labelOf(record);
    else {
      const isWhole = long !== undefined && long.left === 0 && long.checksum === checksumOf(record);
      const name = isWhole ? (long?.parts.join('') ?? '') : '';
      entries.push(parseEntry(record, name.length > longestName ? '' : name));
      long = undefined;
    }
  }
  return { entries, label };
}

/** The parts of a long name that have come, first part first, and how many are still to come before the entry that it is of. */
interface LongName {
  readonly parts: readonly string[];
  readonly left: number;
  readonly checksum: number;
}

/** Parts come in a row, from the last one down to the first, with the same checksum; what does not is of no entry. */
function addPart(long: LongName | undefined, record: Uint8Array): LongName | undefined {
  const order = record[0] ?? 0;
  const checksum = record[13] ?? 0;
  if ((order & lastPart) !== 0) {
    const count = order & ~lastPart;
    return count >= 1 && count <= mostParts ? { parts: [longPart(record)], left: count - 1, checksum } : undefined;
  }
  if (long === undefined || order === 0 || order !== long.left || checksum !== long.checksum) return undefined;
  return { parts: [longPart(record), ...long.parts], left: order - 1, checksum };
}

/** Of the short name, by which a long one that belongs to it is known (7.2). */
function checksumOf(record: Uint8Array): number {
  return record.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

/** A first byte of 5 stands for 0xE5, which would say that the entry is deleted (6.1). */
function labelOf(record: Uint8Array): string {
  return latin(record.subarray(0, 11)).replace(/^\x05/, '\xe5');
}

/** In lower case. */
function parseEntry(record: Uint8Array, long: string): Entry {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const suffix = latin(record.subarray(8, 11)).trimEnd();
  const short = latin(record.subarray(0, 8)).trimEnd() + (suffix === '' ? '' : `.${suffix}`);
  return {
    name: (long === '' ? short : long).toLowerCase(),
    cluster: (view.getUint16(20, true) << 16) | view.getUint16(26, true),
    length: view.getUint32(28, true),
    isFolder: ((record[11] ?? 0) & folderFlag) !== 0,
  };
}

/** Thirteen characters of a long name; the last part comes first. */
function longPart(record: Uint8Array): string {
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
  const codes = places.map((place) => (record[place] ?? 0) | ((record[place + 1] ?? 0) << 8));
  const end = codes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? codes : codes.slice(0, end)));
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
