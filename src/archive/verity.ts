// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { BlockDigests, blockSize } from './block-digests.ts';

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
export function* encodeVerity(digests: BlockDigests, uuid: Buffer): Generator<Buffer, string> {
  const levels = levelsOf(digests);
  yield superblock(digests.count, uuid);
  // The top one is the root hash, which is not stored.
  for (const level of levels.slice(0, -1).toReversed()) {
    yield* level.blocks();
  }
  return rootHashOf(levels);
}

/** The root hash of data whose blocks have these digests, in hex. */
export function verityRootHash(digests: BlockDigests): string {
  return rootHashOf(levelsOf(digests));
}

/** From the digests of the data up to a single one. */
function levelsOf(digests: BlockDigests): readonly BlockDigests[] {
  const levels = [digests];
  for (let top = digests; top.count > 1; ) {
    const level = new BlockDigests();
    for (const blocks of top.blocks()) level.append(blocks);
    levels.push(level);
    top = level;
  }
  return levels;
}

function rootHashOf(levels: readonly BlockDigests[]): string {
  return levels.at(-1)?.text(0) ?? '';
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
