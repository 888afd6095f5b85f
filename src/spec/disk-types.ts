// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FailureAction } from '../../init/contract/unit-plan.ts';

/** Partitions that keep data. */
export interface DiskSpec {
  /** "auto" (the default), "root", or the path of a device. */
  readonly device?: string;
  /** Of disk images that are built: "4G". */
  readonly size?: string;
  readonly partitions?: readonly PartitionSpec[];
  /** Default "continue". */
  readonly on_failure?: FailureAction;
}

export interface PartitionSpec {
  readonly label: string;
  /** "4G", or "rest" (the default). */
  readonly size?: string;
  /** A word of partition-types.ts or a GUID; default "linux". */
  readonly type?: string;
  /** Default "ext4". */
  readonly filesystem?: 'ext4' | 'none';
  readonly mount?: string;
  /** Default "nodev" and "nosuid". */
  readonly options?: readonly string[];
  /** Default true with size "rest", else false. */
  readonly grow?: boolean;
}
