// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { MappedTarget } from './device-mapper.ts';
import type { VerityRequest } from './root-request.ts';

/** What a dm-verity superblock says (cryptsetup, "DMVerity", on-disk format), of the one form that we make. */
export interface VeritySuperblock {
  /** Blocks that are verified. */
  readonly dataBlocks: number;
  /** In hex. */
  readonly salt: string;
}

export const verityBlockSize = 4096;
export const veritySuperblockSize = 512;
const hashSize = 32;

/**
 * Reads the 512 bytes behind the file system. Nothing vouches for them: a salt or a size that was changed leads to other hashes than
 * the root hash is of. Throws for what is no superblock, or of another form than veritysetup's default.
 */
export function parseVerity(bytes: Uint8Array): VeritySuperblock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signature = textOf(bytes.subarray(0, 8));
  if (bytes.length < veritySuperblockSize || signature !== 'verity') {
    throw new Error('expected a dm-verity superblock behind the file system, found none');
  }
  const found = {
    version: view.getUint32(8, true),
    'hash type': view.getUint32(12, true),
    algorithm: textOf(bytes.subarray(32, 64)),
    'data block size': view.getUint32(64, true),
    'hash block size': view.getUint32(68, true),
  };
  const expected = {
    version: 1,
    'hash type': 1,
    algorithm: 'sha256',
    'data block size': verityBlockSize,
    'hash block size': verityBlockSize,
  };
  for (const [key, value] of Object.entries(expected)) {
    const other = found[key as keyof typeof found];
    if (other !== value) throw new Error(`the dm-verity superblock: ${key}: expected ${value}, found ${other}`);
  }
  const saltSize = view.getUint16(80, true);
  if (saltSize > 256) throw new Error(`the dm-verity superblock: a salt of ${saltSize} bytes: expected 256 at most`);
  return {
    dataBlocks: Number(view.getBigUint64(72, true)),
    salt: Array.from(bytes.subarray(88, 88 + saltSize), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

/** Text up to a zero. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** Bytes of the superblock's block and of the hashes behind it, over that many blocks: one level on the other up to a single block. */
export function verityTreeSize(dataBlocks: number): number {
  let blocks = 1;
  for (let level = dataBlocks; level > 1; ) {
    level = Math.ceil(level / (verityBlockSize / hashSize));
    blocks += level;
  }
  return blocks * verityBlockSize;
}

/** The table for a file system with superblock and hashes behind it on one device, of which `number` is "254:2". */
export function verityTarget(
  number: string,
  { dataBlocks, salt }: VeritySuperblock,
  { rootHash, action }: VerityRequest,
): MappedTarget {
  // The hashes begin after the superblock's block.
  const hashStart = dataBlocks + 1;
  const sizes = `${verityBlockSize} ${verityBlockSize} ${dataBlocks} ${hashStart}`;
  const hash = `sha256 ${rootHash} ${salt === '' ? '-' : salt}`;
  const parameters = `1 ${number} ${number} ${sizes} ${hash} 1 ${action}_on_corruption`;
  return { type: 'verity', size: dataBlocks * verityBlockSize, parameters };
}
