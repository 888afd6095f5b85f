// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The little that is to be known of ext4's superblock (Documentation/filesystems/ext4/super.rst of the kernel), which lies in bytes
// 1024 to 2047 of the file system.

import { viewOf } from '../boot/gpt.ts';
import { EXT4_IOC_RESIZE_FS } from '../linux.ts';
import type { Sys } from '../sys.ts';

export const superblockOffset = 1024;
export const superblockSize = 1024;

const magicAt = 0x38;
const magic = 0xef53;
const labelAt = 0x78;
const labelSize = 16;
const checksumAt = 0x3fc;

/** Gives a superblock that all machines have an UUID and a hash seed of its own, and a label. */
export function personalise(superblock: Uint8Array, label: string, uuid: Uint8Array, hashSeed: Uint8Array): void {
  superblock.set(uuid, 0x68);
  superblock.set(hashSeed, 0xec);
  superblock.fill(0, labelAt, labelAt + labelSize);
  for (let index = 0; index < Math.min(label.length, labelSize); index += 1)
    superblock[labelAt + index] = label.charCodeAt(index);
  viewOf(superblock).setUint32(checksumAt, crc32c(superblock.subarray(0, checksumAt)), true);
}

/** What a file system says of itself. */
export interface Ext4State {
  readonly blockSize: number;
  /** Of its blocks. */
  readonly blocks: number;
  /** The kernel met something in it that should not be. */
  readonly hasErrors: boolean;
}

/** Undefined where there is no ext4. */
export function readSuperblock(superblock: Uint8Array): Ext4State | undefined {
  if (superblock.length < superblockSize) return undefined;
  const view = viewOf(superblock);
  if (view.getUint16(magicAt, true) !== magic) return undefined;
  const has64Bits = (view.getUint32(0x60, true) & 0x80) !== 0;
  return {
    blockSize: 1024 << view.getUint32(0x18, true),
    blocks: view.getUint32(0x4, true) + (has64Bits ? view.getUint32(0x150, true) * 2 ** 32 : 0),
    hasErrors: (view.getUint16(0x3a, true) & 2) !== 0,
  };
}

/** Grows a mounted file system, of which `fd` is some folder, to a number of its blocks. */
export function growTo(sys: Sys, fd: number, blocks: number): void {
  const count = new Uint8Array(8);
  viewOf(count).setBigUint64(0, BigInt(blocks), true);
  sys.ioctlBytes(fd, EXT4_IOC_RESIZE_FS, count);
}

/** CRC-32C (polynomial 0x1edc6f41, reflected) without the final complement, as ext4 stores it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return crc >>> 0;
}
