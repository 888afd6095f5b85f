// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { fileSystemAt } from '../../../../init/boot/file-systems.ts';

const reading =
  (disk: Buffer) =>
  (offset: number, length: number): Uint8Array =>
    disk.subarray(offset, offset + length);

/** An ISO 9660 descriptor that `writer` has written. */
function disc(writer: string): Buffer {
  const disk = Buffer.alloc(64 << 10);
  disk.write('\u0001CD001\u0001', 32_768, 'latin1');
  disk.writeUInt32LE(1000, 32_768 + 80);
  disk.writeUInt16LE(2048, 32_768 + 128);
  disk.write(writer.padEnd(128), 32_768 + 574, 'latin1');
  disk.write('00112233445566778899aabbccddeeff', 32_768 + 883, 'hex');
  return disk;
}

describe('a file system', () => {
  test('of a disc is known by the UUID that its writer has left there', () => {
    expect(fileSystemAt(reading(disc('TSKIT')), 0)).toEqual({
      type: 'iso9660',
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      size: 2_048_000,
    });
  });

  test('of a disc that somebody else wrote is none that could be asked for', () => {
    expect(fileSystemAt(reading(disc('MKISOFS')), 0)).toBeUndefined();
  });

  test('of SquashFS is known by its numbers, whose size may be beyond 32 bits', () => {
    const disk = Buffer.alloc(4096);
    disk.writeUInt32LE(0x73717368, 1024);
    disk.writeUInt32LE(0x01020304, 1024 + 4);
    disk.writeBigUInt64LE(5_000_000_000n, 1024 + 40);
    disk.writeUInt32LE(0x11121314, 1024 + 64);
    disk.writeUInt32LE(0x21222324, 1024 + 72);
    expect(fileSystemAt(reading(disk), 1024)).toEqual({
      type: 'squashfs',
      uuid: '04030201-00f2-052a-1413-121124232221',
      size: 5_000_000_000,
    });
  });

  test.each([0, 50, 1100, 33_000])('is not seen in a disk of %d zeros', (size) => {
    expect(fileSystemAt(reading(Buffer.alloc(size)), 0)).toBeUndefined();
  });
});
