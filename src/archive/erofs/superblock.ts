// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { blockSize } from '../block-digests.ts';
import { crc32c } from '../crc32c.ts';

// The superblock (Linux fs/erofs/erofs_fs.h, erofs_super_block), in the first block from byte 1024 on.

const superblockAt = 1024;
const superblockSize = 128;
const magic = 0xe0f5_e1e2;
const compatible = { checksum: 1, mtime: 2 } as const;
const incompatible = { chunks: 4 } as const;

/** What a superblock says of its image. */
export interface SuperblockFields {
  readonly inodes: number;
  readonly blocks: number;
  /** Position of the root's inode, in slots; it has 16 bits. */
  readonly rootNid: number;
  /** First block of the inodes. */
  readonly inodeBlock: number;
  /** First block of the shared extended attributes. */
  readonly xattrBlock: number;
  readonly hasChunks: boolean;
  /** 16 bytes. */
  readonly uuid: Buffer;
  /** Seconds. */
  readonly buildTime: number;
}

/** Writes superblock and checksum into the first block, which has all else already. */
export function writeSuperblock(block: Buffer, fields: SuperblockFields): void {
  const bytes = block.subarray(superblockAt, superblockAt + superblockSize).fill(0);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(compatible.checksum | compatible.mtime, 8);
  bytes[12] = Math.log2(blockSize);
  bytes.writeUInt16LE(fields.rootNid, 14);
  bytes.writeUInt32LE(fields.inodes, 16);
  bytes.writeUInt32LE(fields.buildTime % 2 ** 32, 24);
  bytes.writeUInt32LE(Math.floor(fields.buildTime / 2 ** 32), 28);
  bytes.writeUInt32LE(fields.blocks, 36);
  bytes.writeUInt32LE(fields.inodeBlock, 40);
  bytes.writeUInt32LE(fields.xattrBlock, 44);
  fields.uuid.copy(bytes, 48);
  bytes.writeUInt32LE(fields.hasChunks ? incompatible.chunks : 0, 80);
  // Linux's crc32c(~0) leaves the final complement out.
  bytes.writeUInt32LE(~crc32c(block.subarray(superblockAt, blockSize)) >>> 0, 4);
}
