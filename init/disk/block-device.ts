// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readAt, readValue } from '../files.ts';
import { AT_FDCWD, BLKZEROOUT, O_CLOEXEC, O_EXCL, O_RDONLY, O_RDWR, SEEK_SET } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** A whole disk. Offsets and lengths are in bytes and multiples of its sectors. */
export interface BlockDevice {
  readonly path: string;
  /** Bytes of a sector, and of all of them. */
  readonly sectorSize: number;
  readonly size: number;
  /** Fewer bytes at the end. */
  read(offset: number, length: number): Uint8Array;
  /** Whether all of the bytes are zero. */
  isZero(offset: number, length: number): boolean;
  write(offset: number, bytes: Uint8Array): void;
  zero(offset: number, length: number): void;
  /** What was written before is on the medium before anything that is written after. */
  flush(): void;
}

/** A {@link BlockDevice} that is to be closed. */
export interface OpenDevice extends BlockDevice {
  readonly fd: number;
  close(): void;
}

/**
 * Opens a disk by its name in /sys/block. Partitions of it may be mounted meanwhile, but for `exclusive` access: then EBUSY is thrown.
 */
export function openDevice(sys: Sys, name: string, access: 'read' | 'write' | 'exclusive'): OpenDevice {
  const path = devicePath(name);
  const fd = sys.openat(
    AT_FDCWD,
    path,
    (access === 'read' ? O_RDONLY : O_RDWR) | (access === 'exclusive' ? O_EXCL : 0) | O_CLOEXEC,
    0,
  );
  const value = (file: string): number => Number(readValue(sys, `/sys/block/${name}/${file}`));
  return {
    path,
    fd,
    sectorSize: value('queue/logical_block_size'),
    // In units of 512 bytes, whatever the sectors are.
    size: value('size') * 512,
    read: (offset, length) => readAt(sys, fd, offset, length),
    isZero: (offset, length) => isZeroAt(sys, fd, offset, length),
    write: (offset, bytes) => writeAt(sys, fd, offset, bytes),
    zero: (offset, length) => zeroAt(sys, fd, offset, length),
    flush: () => sys.fsync(fd),
    close: () => sys.close(fd),
  };
}

/** Names of nodes may have a slash, for which sysfs has "!". */
export function devicePath(name: string): string {
  return `/dev/${name.replaceAll('!', '/')}`;
}

const chunk = 64 * 1024;

/** As text: to compare that is one step for the engine, and a million bytes are a million. */
function isZeroAt(sys: Sys, fd: number, offset: number, length: number): boolean {
  const zeros = '\0'.repeat(chunk);
  for (let done = 0; done < length; done += chunk) {
    const wanted = Math.min(chunk, length - done);
    // What cannot be read is not known to be empty.
    const bytes = readAt(sys, fd, offset + done, wanted);
    if (sys.decodeUtf8(bytes) !== (wanted === chunk ? zeros : '\0'.repeat(wanted))) return false;
  }
  return true;
}

function writeAt(sys: Sys, fd: number, offset: number, bytes: Uint8Array): void {
  sys.lseek(fd, offset, SEEK_SET);
  let done = 0;
  while (done < bytes.length) done += sys.write(fd, bytes.subarray(done));
}

/** By the disk itself where it can; else the kernel writes zeros. */
function zeroAt(sys: Sys, fd: number, offset: number, length: number): void {
  const range = new Uint8Array(16);
  const view = new DataView(range.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setBigUint64(8, BigInt(length), true);
  sys.ioctlBytes(fd, BLKZEROOUT, range);
}
