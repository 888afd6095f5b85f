// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { CpioEntry } from '../archive/cpio.ts';
import { contentSize, type Inode } from '../file-tree.ts';

const pageSize = 4096;
const mebibyte = 2 ** 20;
/**
 * What the kernel takes for itself before the initial ramfs is made: its image, its page structures (1.6 % of the memory)
 * and its early allocations. Seen in boots of Linux 6.1: 80 MiB are too few for 0.5 to 1.3 GiB, 90 suffice.
 */
const kernelMiB = 128;

/** What entries take in the kernel's initial ramfs. */
export interface MemoryUse {
  /** Contents, in whole pages. */
  readonly bytes: number;
  readonly inodes: number;
}

export function memoryUse(entries: readonly CpioEntry[]): MemoryUse {
  const inodes = new Set<Inode>();
  let bytes = 0;
  let directories = 0;
  for (const { inode } of entries) {
    if (inode.type === 'directory') {
      directories += 1;
    } else if (!inodes.has(inode)) {
      inodes.add(inode);
      bytes += inode.type === 'file' ? Math.ceil(contentSize(inode.content) / pageSize) * pageSize : 0;
    }
  }
  return { bytes, inodes: directories + inodes.size };
}

export function addUses(uses: readonly MemoryUse[]): MemoryUse {
  return uses.reduce((sum, use) => ({ bytes: sum.bytes + use.bytes, inodes: sum.inodes + use.inodes }), {
    bytes: 0,
    inodes: 0,
  });
}

/**
 * MiB of guest memory that unpack an initrd without loss. The initial ramfs is a tmpfs that holds at most half of the memory
 * that is free when it is mounted, in pages and likewise in inodes (one for each two pages; Linux mm/shmem.c); the initrd
 * itself is not free then, since it lies in memory until it is unpacked:
 *
 *     (memory - kernel - initrd) / 2 >= max(bytes, inodes * page)
 *
 * The other half is what containers have.
 */
export function memoryNeeded(use: MemoryUse, initrdSize: number): number {
  const unpacked = Math.max(use.bytes, use.inodes * pageSize);
  return kernelMiB + Math.ceil((2 * unpacked + initrdSize) / mebibyte);
}
