// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../../file-tree.ts';
import { typeBits } from '../type-bits.ts';

// The inode on disk (Linux fs/erofs/erofs_fs.h, erofs_inode_extended), without what follows it.

export const inodeSize = 64;
/** Positions of inodes are counted in this. */
export const inodeSlot = 32;

/** How the content is stored. */
export const layouts = {
  /** In blocks that follow each other. */
  plain: 0,
  /** The same, but what does not fill a block lies behind the inode. */
  inline: 2,
  /** In chunks, whose places lie behind the inode. */
  chunks: 4,
} as const;

/** What an inode on disk says beside the attributes of ours. */
export interface InodeFields {
  readonly layout: (typeof layouts)[keyof typeof layouts];
  readonly size: number;
  /** First block, device or format of chunks. */
  readonly union: number;
  readonly xattrCount: number;
  readonly links: number;
  /** For stat of 32 bits. */
  readonly number: number;
  readonly mtime: number;
}

/** 64 bytes. */
export function encodeInode(inode: Inode, fields: InodeFields): Buffer {
  const bytes = Buffer.alloc(inodeSize);
  bytes.writeUInt16LE(1 | (fields.layout << 1), 0);
  bytes.writeUInt16LE(fields.xattrCount, 2);
  bytes.writeUInt16LE(typeBits[inode.type] | inode.mode, 4);
  bytes.writeUInt32LE(fields.size % 2 ** 32, 8);
  bytes.writeUInt32LE(Math.floor(fields.size / 2 ** 32), 12);
  bytes.writeUInt32LE(fields.union, 16);
  bytes.writeUInt32LE(fields.number, 20);
  bytes.writeUInt32LE(inode.uid, 24);
  bytes.writeUInt32LE(inode.gid, 28);
  bytes.writeUInt32LE(fields.mtime % 2 ** 32, 32);
  bytes.writeUInt32LE(Math.floor(fields.mtime / 2 ** 32), 36);
  bytes.writeUInt32LE(fields.links, 44);
  return bytes;
}

/** Linux's new_encode_dev: 12 bits of major, 20 of minor. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
