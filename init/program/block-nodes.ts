// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { listDisks, withDevice } from '../boot/block-devices.ts';
import { readGpt, type ReadDisk, viewOf } from '../boot/gpt.ts';
import { errnoOf, listFolder, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
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

/** Types of a Linux partition in a GUID partition table and in an MBR, as LinuxKit looks for them. */
const linuxGuid = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const linuxType = 0x83;

/** Paths of the partitions of the type Linux, disk by disk. Logical ones of an MBR are not among them. */
export function linuxPartitions(sys: Sys): readonly string[] {
  return listDisks(sys).flatMap(({ node, size, partitions }) => {
    const starts = withDevice(sys, node, (read) => linuxStarts(read, size));
    return partitions
      .filter(({ offset }) => starts.includes(offset))
      .sort((a, b) => a.offset - b.offset)
      .map((partition) => partition.node);
  });
}

function linuxStarts(read: ReadDisk, size: number): readonly number[] {
  const table = readGpt(read, size);
  if (table !== undefined) {
    return table.partitions.filter(({ type }) => type === linuxGuid).map(({ offset }) => offset);
  }
  const mbr = read(0, 512);
  if (mbr.length < 512 || mbr[510] !== 0x55 || mbr[511] !== 0xaa) return [];
  const entries = [446, 462, 478, 494].filter((at) => mbr[at + 4] === linuxType);
  return entries.map((at) => viewOf(mbr).getUint32(at + 8, true) * 512);
}
