// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import type { Sys } from '../sys.ts';
import { type Disk, listDisks, withDevice } from './block-devices.ts';
import { fileSystemAt } from './file-systems.ts';
import { type Partition, type ReadDisk, readGpt } from './gpt.ts';
import type { RootRequest } from './root-request.ts';

/** Partitions of a disk that a message names. */
const mostListed = 8;

/** The part of a disk that the root is on. */
export interface RootPlace {
  readonly disk: Disk;
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
}

/** A search through all disks. */
export interface RootSearch {
  readonly found?: RootPlace;
  /** What was seen, for a message: "vda (64 MiB, partitions 1111…, 2222…)". */
  readonly seen: readonly string[];
}

/**
 * Looks for the root on all disks. A partition is found by its GUID in the table, which the kernel need not have read (it makes no
 * partitions of a CD); a file system by its UUID on a whole disk and on partitions of any kind. GUIDs of partitions go first.
 */
export function searchRoot(sys: Sys, request: RootRequest): RootSearch {
  const seen: string[] = [];
  let found: RootPlace | undefined;
  let other: RootPlace | undefined;
  for (const disk of listDisks(sys)) {
    try {
      const searched = withDevice(sys, disk.node, (read) => searchDisk(disk, read, request));
      found ??= searched.partition;
      other ??= searched.fileSystem;
      seen.push(`${disk.name} (${searched.text})`);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      seen.push(`${disk.name} (${describeError(error)})`);
    }
  }
  found ??= other;
  return { ...(found !== undefined && { found }), seen };
}

interface SearchedDisk {
  readonly partition: RootPlace | undefined;
  readonly fileSystem: RootPlace | undefined;
  readonly text: string;
}

function searchDisk(disk: Disk, read: ReadDisk, { partUuid, fsUuid }: RootRequest): SearchedDisk {
  const partitions = readGpt(read, disk.size)?.partitions ?? [];
  const named = partitions.find(({ guid }) => guid === partUuid);
  const places = [{ offset: 0, size: disk.size }, ...partitions, ...disk.partitions];
  const place = places.find(({ offset }) => fsUuid !== undefined && fileSystemAt(read, offset)?.uuid === fsUuid);
  return {
    partition: named && { disk, offset: named.offset, size: named.size },
    fileSystem: place && { disk, offset: place.offset, size: place.size },
    text: `${(disk.size / 2 ** 20).toFixed(1)} MiB, ${describeTable(partitions)}`,
  };
}

/** A line on a slow console, whatever a disk says. */
function describeTable(partitions: readonly Partition[]): string {
  if (partitions.length === 0) return 'no partition table';
  const guids = partitions.slice(0, mostListed).map(({ guid }) => guid);
  const more = partitions.length - guids.length;
  return `partitions ${guids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
