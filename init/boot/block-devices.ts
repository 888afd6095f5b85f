// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { listFolder, readAt, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** A whole disk as the kernel has it. */
export interface Disk {
  /** "vda" */
  readonly name: string;
  /** "/dev/vda" */
  readonly node: string;
  /** "254:0" */
  readonly number: string;
  readonly size: number;
  /** Bytes of the smallest part that it reads and writes. */
  readonly blockSize: number;
  /** Those that the kernel has found on it. */
  readonly partitions: readonly KernelPartition[];
}

/** A partition that has a node of its own. */
export interface KernelPartition {
  /** "vda2" */
  readonly name: string;
  readonly node: string;
  /** "254:2" */
  readonly number: string;
  /** In bytes from the start of the disk. */
  readonly offset: number;
  readonly size: number;
}

const sysBlock = '/sys/block';
/** The unit of /sys/block, whatever the disk's is (Documentation/ABI/stable/sysfs-block). */
const sectorSize = 512;
/** Made of other devices. */
const mapped = /^dm-/;

/** The disks that have something on them, by name: drives without a medium and unused loop devices have no size. */
export function listDisks(sys: Sys): Disk[] {
  return listFolder(sys, sysBlock)
    .filter((name) => !mapped.test(name))
    .sort()
    .map((name) => readDisk(sys, name))
    .filter(({ size }) => size > 0);
}

function readDisk(sys: Sys, name: string): Disk {
  const folder = `${sysBlock}/${name}`;
  const partitions = listFolder(sys, folder)
    .filter((entry) => readTextIfPresent(sys, `${folder}/${entry}/partition`) !== undefined)
    .map((entry) => ({ ...readNode(sys, folder, entry), offset: readSectors(sys, `${folder}/${entry}/start`) }));
  return {
    ...readNode(sys, sysBlock, name),
    blockSize: Number(readTextIfPresent(sys, `${folder}/queue/logical_block_size`) ?? sectorSize),
    partitions,
  };
}

function readNode(sys: Sys, folder: string, name: string): Pick<Disk, 'name' | 'node' | 'number' | 'size'> {
  return {
    name,
    // The kernel writes a name's slashes so in /sys.
    node: `/dev/${name.replaceAll('!', '/')}`,
    number: (readTextIfPresent(sys, `${folder}/${name}/dev`) ?? '').trim(),
    size: readSectors(sys, `${folder}/${name}/size`),
  };
}

function readSectors(sys: Sys, path: string): number {
  return Number(readTextIfPresent(sys, path) ?? 0) * sectorSize;
}

/** Calls `act` with what reads the device: `length` bytes from `offset`, fewer at its end. */
export function withDevice<T>(
  sys: Sys,
  node: string,
  act: (read: (offset: number, length: number) => Uint8Array) => T,
): T {
  const fd = sys.openat(AT_FDCWD, node, O_RDONLY | O_CLOEXEC, 0);
  try {
    return act((offset, length) => readAt(sys, fd, offset, length));
  } finally {
    sys.close(fd);
  }
}
