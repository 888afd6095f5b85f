// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FilesystemSeed } from '../contract/disk-plan.ts';
import { seedsDir } from '../contract/paths.ts';
import { readAt } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { BlockDevice } from './block-device.ts';
import { personalise, superblockOffset, superblockSize } from './ext4.ts';
import type { Placement } from './layout.ts';

const longestHeader = 64 * 1024;
const chunk = 256 * 1024;
/** What is emptied at the end of a partition: RAIDs and others have a signature there. */
const tail = 1024 ** 2;

/**
 * Writes what a new partition starts with, where nothing is so far: its file system, or zeros where a signature of something that
 * was there before could be.
 */
export function plant(sys: Sys, device: BlockDevice, { plan, start, size }: Placement, chance: () => Uint8Array): void {
  const end = Math.max(start, start + size - tail);
  device.zero(end, start + size - end);
  if (plan.seed === undefined) {
    device.zero(start, Math.min(tail, size));
    return;
  }
  const path = `${seedsDir}/${plan.seed}`;
  const fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  try {
    const { seed, offset } = readHeader(sys, fd, path);
    if (seed.size > size) throw new Error(`expected ${seed.size} bytes for a file system, found ${size}`);
    for (const [at, length] of seed.zeros) device.zero(start + at, length);
    let from = offset;
    for (const [at, length] of seed.data) {
      for (let done = 0; done < length; done += chunk) {
        const bytes = readAt(sys, fd, from + done, Math.min(chunk, length - done));
        if (at + done === 0) {
          const superblock = bytes.subarray(superblockOffset, superblockOffset + superblockSize);
          personalise(superblock, plan.label, asRandomUuid(chance()), asRandomUuid(chance()));
        }
        device.write(start + at + done, bytes);
      }
      from += length;
    }
  } finally {
    sys.close(fd);
  }
}

function readHeader(sys: Sys, fd: number, path: string): { seed: FilesystemSeed; offset: number } {
  const first = readAt(sys, fd, 0, longestHeader);
  const end = first.indexOf(0x0a);
  if (end === -1) throw new Error(`${path}: expected a seed, found no header`);
  return { seed: JSON.parse(sys.decodeUtf8(first.subarray(0, end))) as FilesystemSeed, offset: end + 1 };
}

/** 16 bytes of chance as a UUID of version 4 (RFC 9562, 5.4). */
function asRandomUuid(chance: Uint8Array): Uint8Array {
  const uuid = chance.slice(0, 16);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}
