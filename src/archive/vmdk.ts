// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { contentId, type DiskMap, DiskReader, isUsed, mapUnit } from './disk-image.ts';
import { inOrder } from './in-order.ts';

// VMware's stream-optimized sparse extent ("Virtual Disk Format 5.0", 2011): what OVF packages hold and what LinuxKit writes.
// It is written and read from its beginning to its end: grains of 64 KiB, compressed one by one, each behind a marker; behind
// each 512 of them the table that says where they are, at the end the directory of tables and a footer that says where that is.
// All numbers are little endian.

const sectorSize = 512;
const grainSectors = mapUnit / sectorSize;
const grainsPerTable = 512;
const tableSize = grainsPerTable * 4;
/** The header, the descriptor and padding, in sectors: data begins at a grain. */
const overhead = grainSectors;
const descriptorAt = 1;
const descriptorSectors = 20;
/** Where the directory is, the footer says. */
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
/** Grains are compressed, markers are there, and the bytes that a transfer as text would break can be trusted. */
const flags = 0x3_0001;
const deflated = 1;
const markers = { table: 1, directory: 2, footer: 3 };
/** What fast compression finds is most of what there is to find: systems are compressed already. */
const level = 1;
/** Grains that are being compressed at the same time. */
const concurrency = 4;
const compress = promisify(deflate) as (bytes: Buffer, options: { level: number }) => Promise<Buffer>;

/**
 * A stream-optimized VMDK for an LSI Logic adapter.
 * @throws TskitError `store` when the bytes of the disk cannot be read.
 */
export async function* encodeVmdk(map: DiskMap): AsyncGenerator<Buffer> {
  const capacity = map.image.size / sectorSize;
  yield head(capacity, descriptor(map));
  const tables = Math.ceil(capacity / (grainSectors * grainsPerTable));
  const directory = Buffer.alloc(toSectors(tables * 4) * sectorSize);
  let sector = overhead;
  for (let index = 0; index < tables; index += 1) {
    const table = Buffer.alloc(tableSize);
    const before = sector;
    for await (const { entry, bytes } of inOrder(grainsOf(map, index), concurrency, compressed)) {
      table.writeUInt32LE(sector, entry * 4);
      sector += bytes.length / sectorSize;
      yield bytes;
    }
    if (sector === before) continue;
    yield marker(toSectors(tableSize), markers.table);
    yield table;
    directory.writeUInt32LE(sector + 1, index * 4);
    sector += 1 + toSectors(tableSize);
  }
  yield marker(toSectors(directory.length), markers.directory);
  yield directory;
  yield marker(1, markers.footer);
  yield header(capacity, BigInt(sector + 1));
  yield Buffer.alloc(sectorSize); // end of stream
}

/** One grain: where it is on the disk, and which entry of its table it has. */
interface Grain {
  readonly entry: number;
  readonly sector: number;
  readonly data: Buffer;
}

/** The used grains of one table. */
function* grainsOf(map: DiskMap, table: number): Generator<Grain> {
  using reader = new DiskReader(map.image);
  for (let entry = 0; entry < grainsPerTable; entry += 1) {
    const at = (table * grainsPerTable + entry) * mapUnit;
    if (!isUsed(map, at, 1)) continue;
    const data = Buffer.alloc(mapUnit);
    reader.read(at, data);
    yield { entry, sector: at / sectorSize, data };
  }
}

/** The grain behind its marker, padded to whole sectors. */
async function compressed({ entry, sector, data }: Grain): Promise<{ readonly entry: number; readonly bytes: Buffer }> {
  const packed = await compress(data, { level });
  const bytes = Buffer.alloc(toSectors(12 + packed.length) * sectorSize);
  bytes.writeBigUInt64LE(BigInt(sector), 0);
  bytes.writeUInt32LE(packed.length, 8);
  packed.copy(bytes, 12);
  return { entry, bytes };
}

/** What announces `sectors` sectors that are no grain. */
function marker(sectors: number, type: number): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(type, 12);
  return bytes;
}

function head(capacity: number, text: string): Buffer {
  const bytes = Buffer.alloc(overhead * sectorSize);
  header(capacity, directoryAtEnd).copy(bytes);
  bytes.write(text, descriptorAt * sectorSize, 'latin1');
  return bytes;
}

function header(capacity: number, directoryAt: bigint): Buffer {
  const bytes = Buffer.alloc(sectorSize);
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeUInt32LE(3, 4);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeBigUInt64LE(BigInt(capacity), 12);
  bytes.writeBigUInt64LE(BigInt(grainSectors), 20);
  bytes.writeBigUInt64LE(BigInt(descriptorAt), 28);
  bytes.writeBigUInt64LE(BigInt(descriptorSectors), 36);
  bytes.writeUInt32LE(grainsPerTable, 44);
  bytes.writeBigUInt64LE(directoryAt, 56);
  bytes.writeBigUInt64LE(BigInt(overhead), 64);
  bytes.write('\n \r\n', 73, 'latin1');
  bytes.writeUInt16LE(deflated, 77);
  return bytes;
}

/**
 * The name of the extent is no file's: readers of an embedded descriptor know where the extent is. Hardware version 6 is the
 * oldest that everything of VMware's takes.
 */
function descriptor(map: DiskMap): string {
  const sectors = map.image.size / sectorSize;
  // The highest identifier means that there is none.
  const id = Math.min(contentId(map, 'vmdk').readUInt32LE(), 0xffff_fffe);
  return `# Disk DescriptorFile
version=1
CID=${id.toString(16).padStart(8, '0')}
parentCID=ffffffff
createType="streamOptimized"

# Extent description
RW ${sectors} SPARSE "disk.vmdk"

# The Disk Data Base
#DDB

ddb.adapterType = "lsilogic"
ddb.geometry.cylinders = "${Math.min(Math.ceil(sectors / (255 * 63)), 65_535)}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
ddb.virtualHWVersion = "6"
`;
}

function toSectors(bytes: number): number {
  return Math.ceil(bytes / sectorSize);
}
