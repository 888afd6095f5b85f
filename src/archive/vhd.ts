// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { contentId, type DiskMap, diskChunks, DiskReader, isUsed, type SparseChunk } from './disk-image.ts';

// Virtual Hard Disk, as "Virtual Hard Disk Image Format Specification" 1.0 (Microsoft, 2006) has it. All numbers are big endian.

const sectorSize = 512;
/** Sectors that cylinders, heads and sectors can count; the format's own limit of 2040 GiB is below it. */
const maxGeometrySectors = 65_535 * 16 * 255;
export const maxVhdSize: number = 2040 * 1024 ** 3;
const blockSize = 2 << 20;
/** One bit a sector of a block. */
const bitmapSize = blockSize / sectorSize / 8;
const headerSize = 1024;
const noOffset = Buffer.alloc(8, 0xff);
/** Time stamps count from 2000-01-01T00:00:00Z. */
const timeBase = 946_684_800;
const fixedType = 2;
const dynamicType = 3;

export interface VhdOptions {
  /** When the disk was made, in seconds since 1970. */
  readonly epoch: number;
}

/**
 * A fixed VHD: the disk, and behind it the footer.
 * @throws TskitError `format` for a disk that is too large, `store` when its bytes cannot be read.
 */
export function* encodeFixedVhd(map: DiskMap, options: VhdOptions): Generator<SparseChunk> {
  const footer = footerOf(map, fixedType, options);
  yield* diskChunks(map);
  yield footer;
}

/**
 * A dynamic VHD: blocks of 2 MiB, of which only used ones are there. Throws as {@link encodeFixedVhd}.
 */
export function* encodeDynamicVhd(map: DiskMap, options: VhdOptions): Generator<SparseChunk> {
  const { size } = map.image;
  const footer = footerOf(map, dynamicType, options);
  const count = Math.ceil(size / blockSize);
  const table = Buffer.alloc(Math.ceil((count * 4) / sectorSize) * sectorSize, 0xff);
  let next = sectorSize + headerSize + table.length;
  const blocks: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = index * blockSize;
    if (!isUsed(map, at, Math.min(blockSize, size - at))) continue;
    table.writeUInt32BE(next / sectorSize, index * 4);
    next += bitmapSize + blockSize;
    blocks.push(at);
  }
  yield footer;
  yield dynamicHeader(count);
  yield table;
  using reader = new DiskReader(map.image);
  // All sectors of a block count as written: readers differ in what they make of a bitmap that says otherwise.
  const block = Buffer.alloc(bitmapSize + blockSize, 0xff);
  for (const at of blocks) {
    reader.read(at, block.subarray(bitmapSize));
    yield block;
  }
  yield footer;
}

/** Cylinders, heads and sectors a track. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** What the specification's appendix "CHS Calculation" makes of a size: as near below it as the three numbers get. */
export function vhdGeometry(size: number): Geometry {
  const total = Math.min(Math.floor(size / sectorSize), maxGeometrySectors);
  if (total >= 65_535 * 16 * 63) return geometry(total, 16, 255);
  const heads = Math.max(Math.ceil(Math.floor(total / 17) / 1024), 4);
  if (heads <= 16 && Math.floor(total / 17) < heads * 1024) return geometry(total, heads, 17);
  return geometry(total, 16, Math.floor(total / 31) < 16 * 1024 ? 31 : 63);
}

function geometry(total: number, heads: number, sectors: number): Geometry {
  return { cylinders: Math.floor(Math.floor(total / sectors) / heads), heads, sectors };
}

function footerOf(map: DiskMap, type: number, { epoch }: VhdOptions): Buffer {
  const { size } = map.image;
  if (size > maxVhdSize) {
    throw new TskitError('format', `a VHD of ${size} bytes, expected at most ${maxVhdSize} (2040 GiB)`, {
      hint: 'choose a smaller --size, or the format vhdx',
    });
  }
  const footer = Buffer.alloc(sectorSize);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8); // features: the bit that is always set
  footer.writeUInt32BE(0x1_0000, 12);
  if (type === fixedType) noOffset.copy(footer, 16);
  else footer.writeBigUInt64BE(BigInt(sectorSize), 16);
  footer.writeUInt32BE(Math.max(epoch - timeBase, 0), 24);
  // Hyper-V's own mark. Readers take the disk's size from the geometry, which is mostly a little too small, unless they know
  // the creator as one that means the size that it writes.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0xa_0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  const { cylinders, heads, sectors } = vhdGeometry(size);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(type, 60);
  contentId(map, 'vhd').copy(footer, 68);
  return withChecksum(footer, 64);
}

function dynamicHeader(blocks: number): Buffer {
  const header = Buffer.alloc(headerSize);
  header.write('cxsparse', 0, 'latin1');
  noOffset.copy(header, 8);
  header.writeBigUInt64BE(BigInt(sectorSize + headerSize), 16);
  header.writeUInt32BE(0x1_0000, 24);
  header.writeUInt32BE(blocks, 28);
  header.writeUInt32BE(blockSize, 32);
  return withChecksum(header, 36);
}

/** The complement of the sum of all bytes, of which the checksum's own count as zero. */
function withChecksum(structure: Buffer, at: number): Buffer {
  const sum = structure.reduce((total, byte) => total + byte, 0);
  structure.writeUInt32BE(~sum >>> 0, at);
  return structure;
}
