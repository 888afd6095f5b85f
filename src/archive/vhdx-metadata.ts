// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { guidBytes } from './guid.ts';

/** What the metadata of a VHDX says of its disk. */
export interface VhdxMetadata {
  readonly size: number;
  readonly blockSize: number;
  readonly logicalSectorSize: number;
  /** 16 bytes that the disk tells a guest who it is by (SCSI page 0x83). */
  readonly id: Buffer;
}

const tableSize = 64 * 1024;
/** As Hyper-V sets it: what the blocks of the file are aligned for. */
const physicalSectorSize = 4096;
const isVirtualDisk = 2;
const isRequired = 4;

/** Table and items of the metadata region ([MS-VHDX] 2.6), 128 KiB. */
export function vhdxMetadata({ size, blockSize, logicalSectorSize, id }: VhdxMetadata): Buffer {
  const items: readonly (readonly [id: string, flags: number, value: Buffer])[] = [
    ['caa16737-fa36-4d43-b3b6-33f0aa44e76b', isRequired, numbers(blockSize, 0)],
    ['2fa54224-cd1b-4876-b211-5dbed83bf4b8', isRequired | isVirtualDisk, large(size)],
    ['beca12ab-b2e6-4523-93ef-c309e000c746', isRequired | isVirtualDisk, id],
    ['8141bf1d-a96f-4709-ba47-f233a8faab5f', isRequired | isVirtualDisk, numbers(logicalSectorSize)],
    ['cda348c7-445d-4471-9cc9-e9885251c556', isRequired | isVirtualDisk, numbers(physicalSectorSize)],
  ];
  const bytes = Buffer.alloc(2 * tableSize);
  bytes.write('metadata', 0, 'latin1');
  bytes.writeUInt16LE(items.length, 10);
  let at = tableSize;
  for (const [index, [item, flags, value]] of items.entries()) {
    const entry = 32 * (index + 1);
    guidBytes(item).copy(bytes, entry);
    bytes.writeUInt32LE(at, entry + 16);
    bytes.writeUInt32LE(value.length, entry + 20);
    bytes.writeUInt32LE(flags, entry + 24);
    value.copy(bytes, at);
    at += value.length;
  }
  return bytes;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
  return bytes;
}

function large(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
