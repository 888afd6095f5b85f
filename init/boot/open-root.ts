// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';
import { withDevice } from './block-devices.ts';
import { mapDevice } from './device-mapper.ts';
import { type FileSystem, fileSystemAt } from './file-systems.ts';
import type { RootPlace } from './find-root.ts';
import type { VerityRequest } from './root-request.ts';
import { parseVerity, verityBlockSize, veritySuperblockSize, verityTarget, verityTreeSize } from './verity.ts';

interface Device {
  readonly node: string;
  /** "254:2" */
  readonly number: string;
}

/** What is mounted. */
export interface OpenedRoot {
  readonly node: string;
  readonly type: FileSystem['type'];
}

const sectorSize = 512;

/**
 * The node to mount: the partition, or the disk, itself, one made of the part of the disk where the kernel has no partition, and over
 * that dm-verity's. Throws with what was expected where something else was found; the blocks themselves the kernel checks as it reads them.
 */
export function openRoot(sys: Sys, place: RootPlace, verity: VerityRequest | undefined): OpenedRoot {
  const device = deviceOf(sys, place);
  const { type, target } = withDevice(sys, device.node, (read) => {
    const fs = fileSystemAt(read, 0);
    if (fs === undefined) throw new Error(`${nameOf(place)}: expected a file system for a root, found none`);
    checkSize(place, fs.size, 'the file system');
    if (verity === undefined) return { type: fs.type, target: undefined };
    // The kind is read before anything is verified: it is not to choose who reads what is.
    if (fs.type !== 'erofs')
      throw new Error(`${nameOf(place)}: expected an EROFS file system to verify, found ${fs.type}`);
    const superblock = parseVerity(read(fs.size, veritySuperblockSize));
    if (superblock.dataBlocks * verityBlockSize !== fs.size) {
      const message = `dm-verity covers ${superblock.dataBlocks} blocks: expected those of the file system, ${fs.size / verityBlockSize}`;
      throw new Error(`${nameOf(place)}: ${message}`);
    }
    checkSize(place, fs.size + verityTreeSize(superblock.dataBlocks), 'the file system and its hashes');
    return { type: fs.type, target: verityTarget(device.number, superblock, verity) };
  });
  if (target === undefined) return { node: device.node, type };
  return { node: mapDevice(sys, 'tskit-root', 'CRYPT-VERITY-tskit-root', target).node, type };
}

function checkSize(place: RootPlace, needed: number, what: string): void {
  if (place.size >= needed && place.offset + needed <= place.disk.size) return;
  const found = Math.min(place.size, place.disk.size - place.offset);
  throw new Error(`${nameOf(place)}: expected ${needed} bytes for ${what}, found ${found}: it is cut off`);
}

function deviceOf(sys: Sys, { disk, offset, size }: RootPlace): Device {
  if (offset === 0 && size === disk.size) return disk;
  const partition = disk.partitions.find((each) => each.offset === offset && each.size === size);
  if (partition !== undefined) return partition;
  return mapDevice(sys, 'tskit-partition', '', {
    type: 'linear',
    size,
    parameters: `${disk.number} ${offset / sectorSize}`,
  });
}

function nameOf({ disk, offset }: RootPlace): string {
  return offset === 0 ? disk.name : `${disk.name} from byte ${offset} on`;
}
