// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Partitions that keep data, and what their file systems are made from.

import type { FailureAction } from './unit-plan.ts';

/** Partitions that keep data: they are made at the first boot, and mounted before volumes. */
export interface DiskPlan {
  /** A path, "root" for the disk that the system was started from, or "auto". */
  readonly device: string;
  /** In their order on the disk. */
  readonly partitions: readonly PartitionPlan[];
  /** What it does to the system that one of them cannot be made or mounted. */
  readonly onFailure: FailureAction;
}

export interface PartitionPlan {
  /** Its name in the partition table, ASCII. */
  readonly label: string;
  /** GUID in lower case. */
  readonly type: string;
  /** Bytes; absent for what is left. With `grow` that is the least. */
  readonly size?: number;
  /** Bytes that it has at least where no size is given. */
  readonly least: number;
  /** It takes what is free behind it, at each boot. */
  readonly grow: boolean;
  /** Absent for a partition without file system. */
  readonly filesystem?: 'ext4';
  /** Name in seedsDir. */
  readonly seed?: string;
  readonly mount?: { readonly path: string; readonly options: readonly string[] };
}

/** Offset and length in bytes, multiples of 4096. */
export type Extent = readonly [offset: number, length: number];

/**
 * What a seed starts with, as JSON in one line. `data` are the extents of the file system whose bytes follow behind the line, one
 * after the other; `zeros` are those that have to be zero. What is in the others means nothing.
 */
export interface FilesystemSeed {
  readonly size: number;
  readonly data: readonly Extent[];
  readonly zeros: readonly Extent[];
}
