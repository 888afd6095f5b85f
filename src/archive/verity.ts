// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { blockSize, digestSize, writeDigest } from './block-digests.ts';

// The hash tree of dm-verity, version 1, with the superblock of veritysetup (cryptsetup's wiki, "DMVerity"; Linux
// Documentation/admin-guide/device-mapper/verity.rst): SHA-256 over blocks of 4096 bytes, and no salt. A salt hinders nobody
// who cannot make SHA-256 collide, and without one a block has the same digest in every image.

const signature = 'verity\0\0';
const version = 1;
/** Hashes of a block, salt first ("1"; Chromium OS had "0"). */
const hashType = 1;

/**
 * What follows the data of a verified image, whole blocks from the next block boundary on: the superblock, then the tree from
 * its top. `digests` are those of the data's blocks.
 * @returns the root hash in hex.
 */
export function* encodeVerity(digests: Buffer, uuid: Buffer): Generator<Buffer, string> {
  const levels = [padded(digests)];
  for (let below = digests; below.length > digestSize; ) {
    below = digestsOf(levels.at(-1) ?? below);
    levels.push(padded(below));
  }
  // The last one is the root hash, which is not stored.
  const root = levels.pop() ?? digests;
  yield superblock(digests.length / digestSize, uuid);
  for (const level of levels.toReversed()) {
    yield level;
  }
  return root.toString('hex', 0, digestSize);
}

/** Bytes of superblock and tree for so many blocks of data. */
export function veritySize(blocks: number): number {
  let count = 1;
  for (let level = blocks; level > 1; ) {
    level = Math.ceil((level * digestSize) / blockSize);
    count += level;
  }
  return count * blockSize;
}

function digestsOf(blocks: Buffer): Buffer {
  const digests = Buffer.alloc((blocks.length / blockSize) * digestSize);
  for (let at = 0; at < blocks.length; at += blockSize) {
    writeDigest(blocks.subarray(at, at + blockSize), digests, (at / blockSize) * digestSize);
  }
  return digests;
}

/** Zero bytes up to a whole block. */
function padded(digests: Buffer): Buffer {
  const rest = -digests.length & (blockSize - 1);
  return rest === 0 ? digests : Buffer.concat([digests, Buffer.alloc(rest)]);
}

function superblock(dataBlocks: number, uuid: Buffer): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(signature, 0, 'latin1');
  block.writeUInt32LE(version, 8);
  block.writeUInt32LE(hashType, 12);
  uuid.copy(block, 16);
  block.write('sha256', 32, 'latin1');
  block.writeUInt32LE(blockSize, 64);
  block.writeUInt32LE(blockSize, 68);
  block.writeBigUInt64LE(BigInt(dataBlocks), 72);
  return block;
}
