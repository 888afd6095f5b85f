// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import { contentId, type DiskMap, DiskReader, isUsed, type SparseChunk } from './disk-image.ts';
import { contentGuid, guidBytes } from './guid.ts';
import { vhdxMetadata } from './vhdx-metadata.ts';

// Virtual Hard Disk v2, as [MS-VHDX] has it. All numbers are little endian. Everything but the headers lies at multiples of
// 1 MiB, in this order: headers, log, metadata, block allocation table, blocks.

const kib64 = 64 * 1024;
const mib = 1 << 20;
export const maxVhdxSize: number = 64 * 1024 ** 4;
/** The smallest that the format has, and what Microsoft advises for Linux guests: an ext4 spreads its writes. */
const blockSize = mib;
const logicalSectorSize = 512;
/** Blocks between two entries of the table that stand for a bitmap, which only a disk with a parent has. */
const chunkRatio = (2 ** 23 * logicalSectorSize) / blockSize;
const fullyPresent = 6n;

const logAt = mib;
const logSize = mib;
const metadataAt = 2 * mib;
const metadataSize = mib;
const tableAt = 3 * mib;

const guids = {
  table: guidBytes('2dc27766-f623-4200-9d64-115e9bfd4a08'),
  metadata: guidBytes('8b7ca206-4790-4b9a-b8fe-575f050f886e'),
};

/**
 * A dynamic VHDX: blocks of 1 MiB, of which only used ones are there.
 * @throws TskitError `format` for a disk that is too large, `store` when its bytes cannot be read.
 */
export function* encodeVhdx(map: DiskMap): Generator<SparseChunk> {
  const { size } = map.image;
  if (size > maxVhdxSize) {
    throw new TskitError('format', `a VHDX of ${size} bytes, expected at most ${maxVhdxSize} (64 TiB)`);
  }
  const { table, blocks } = allocate(map);
  yield* headerSection(map, table.length);
  yield { zeros: logSize };
  yield vhdxMetadata({ size, blockSize, logicalSectorSize, id: contentGuid(contentId(map, 'vhdx disk')) });
  yield { zeros: metadataSize - kib64 * 2 };
  yield table;
  using reader = new DiskReader(map.image);
  const block = Buffer.alloc(blockSize);
  for (const at of blocks) {
    reader.read(at, block);
    yield block;
  }
}

/** The table, and where the blocks that are there lie on the disk. */
function allocate(map: DiskMap): { readonly table: Buffer; readonly blocks: readonly number[] } {
  const { size } = map.image;
  const count = Math.ceil(size / blockSize);
  const entries = count + Math.floor((count - 1) / chunkRatio);
  const table = Buffer.alloc(Math.ceil((entries * 8) / mib) * mib);
  const blocks: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = index * blockSize;
    if (!isUsed(map, at, Math.min(blockSize, size - at))) continue;
    const offset = tableAt + table.length + blocks.length * blockSize;
    const entry = index + Math.floor(index / chunkRatio);
    // Bits 20 to 63 are the offset in MiB.
    table.writeBigUInt64LE((BigInt(offset / mib) << 20n) | fullyPresent, entry * 8);
    blocks.push(at);
  }
  return { table, blocks };
}

/** The first MiB: who made it, two headers of which the one with the higher number counts, and the table of regions twice. */
function* headerSection(map: DiskMap, tableSize: number): Generator<SparseChunk> {
  const identifier = Buffer.alloc(kib64);
  identifier.write('vhdxfile', 0, 'latin1');
  identifier.write('tskit', 8, 'utf16le');
  yield identifier;
  yield header(map, 1);
  yield { zeros: kib64 - 4096 };
  yield header(map, 2);
  yield { zeros: kib64 - 4096 };
  const regions = regionTable(tableSize);
  yield regions;
  yield regions;
  yield { zeros: mib - 5 * kib64 };
}

function header(map: DiskMap, sequence: number): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('head', 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(sequence), 8);
  contentGuid(contentId(map, 'vhdx file write')).copy(bytes, 16);
  contentGuid(contentId(map, 'vhdx data write')).copy(bytes, 32);
  // The GUID of the log stays zero: there is nothing in it to replay.
  bytes.writeUInt16LE(0, 64);
  bytes.writeUInt16LE(1, 66);
  bytes.writeUInt32LE(logSize, 68);
  bytes.writeBigUInt64LE(BigInt(logAt), 72);
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}

function regionTable(tableSize: number): Buffer {
  const bytes = Buffer.alloc(kib64);
  bytes.write('regi', 0, 'latin1');
  bytes.writeUInt32LE(2, 8);
  const regions = [
    { id: guids.table, at: tableAt, size: tableSize },
    { id: guids.metadata, at: metadataAt, size: metadataSize },
  ];
  for (const [index, { id, at, size }] of regions.entries()) {
    const start = 16 + index * 32;
    id.copy(bytes, start);
    bytes.writeBigUInt64LE(BigInt(at), start + 16);
    bytes.writeUInt32LE(size, start + 24);
    bytes.writeUInt32LE(1, start + 28); // required
  }
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}
