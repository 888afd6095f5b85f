// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Disk, type KernelPartition, listDisks, withDevice } from '../boot/block-devices.ts';
import { readGpt, type ReadDisk } from '../boot/gpt.ts';
import { errnoOf, listFolder, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { linuxStartsOfMbr } from './mbr.ts';
import { type Content, contentOf } from './superblock.ts';

/** A block device of the machine: a disk, a partition, or what is made of others. */
export interface BlockNode {
  /** "vda1", as in /sys/class/block. */
  readonly name: string;
  /** "/dev/vda1" */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** All that have a size, by name. */
export function listNodes(sys: Sys): readonly BlockNode[] {
  return listFolder(sys, '/sys/class/block')
    .sort()
    .map((name) => ({
      name,
      path: `/dev/${name.replaceAll('!', '/')}`,
      // In units of 512 bytes, whatever the device's are.
      size: Number(readTextIfPresent(sys, `/sys/class/block/${name}/size`) ?? 0) * 512,
    }))
    .filter(({ size }) => size > 0);
}

/** What is on a device; undefined when nothing that is known, or when it cannot be read. */
export function lookAt(sys: Sys, { path, size }: BlockNode): Content | undefined {
  try {
    return withDevice(sys, path, (read) => contentOf(read, size));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The type of a Linux partition in a GUID partition table, as LinuxKit looks for it; in an MBR it is 0x83. */
const linuxGuid = '0fc63daf-8483-4772-8e79-3d69d8477de4';

/** A disk's partitions of the type Linux, in their order on it. */
export function linuxPartitionsOf(sys: Sys, { node, size, blockSize, partitions }: Disk): readonly KernelPartition[] {
  const starts = withDevice(sys, node, (read) => linuxStarts(read, size, blockSize));
  return partitions.filter(({ offset }) => starts.includes(offset)).sort((a, b) => a.offset - b.offset);
}

/** Paths of the partitions of the type Linux, disk by disk. */
export function linuxPartitions(sys: Sys): readonly string[] {
  return listDisks(sys).flatMap((disk) => linuxPartitionsOf(sys, disk).map(({ node }) => node));
}

function linuxStarts(read: ReadDisk, size: number, blockSize: number): readonly number[] {
  const table = readGpt(read, size);
  if (table === undefined) return linuxStartsOfMbr(read, blockSize);
  return table.partitions.filter(({ type }) => type === linuxGuid).map(({ offset }) => offset);
}
