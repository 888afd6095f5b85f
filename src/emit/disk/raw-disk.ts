// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  encodeGpt,
  gptSectorsAfter,
  type GptPartition,
  type GptTables,
  type HybridEntry,
  sectorSize,
} from '../../archive/gpt.ts';
import type { BuildContext } from '../../context.ts';
import { TskitError } from '../../errors.ts';
import { mapParallel } from '../../oci/parallel.ts';
import type { DraftFile } from '../draft-file.ts';
import { derivedGuid } from './derived-guid.ts';

/** Where partitions begin: every tool and every flash cell is content with it. */
const alignment = 1 << 20;

/** A partition and what fills it. */
export interface DiskPartition {
  readonly type: string;
  readonly guid: string;
  readonly name: string;
  readonly attributes?: bigint;
  /** Bytes; what `write` leaves out reads as zeros. */
  readonly size: number;
  /** Writes the contents into the disk, which is as long as it will be and has its partition from `offset` on. */
  write(draft: DraftFile, offset: number, ctx: BuildContext): Promise<void>;
}

export interface DiskPlan {
  readonly partitions: readonly DiskPartition[];
  /** The least size of the whole disk in bytes, as --size asks for. */
  readonly size?: number;
  readonly bootCode?: Uint8Array;
  readonly hybrid?: readonly HybridEntry[];
  /** A BIOS is to find the boot code. */
  readonly isBiosBootable?: boolean;
  /**
   * Where something ends that lies behind the table, outside of all partitions, in bytes from the disk's beginning: the table says that
   * what is in front of it is not free.
   */
  readonly reserved?: number;
}

/** Where a partition is in the disk, in bytes. */
export interface PlacedPartition extends DiskPartition {
  readonly offset: number;
}

/** A disk that is laid out: nothing of it depends on more than sizes. */
export interface DiskLayout {
  readonly partitions: readonly PlacedPartition[];
  /** Of the whole disk in bytes: a multiple of 1 MiB. */
  readonly size: number;
}

/**
 * Places partitions one behind the other, each at a multiple of 1 MiB, between the two tables.
 * @throws TskitError `usage` when the disk that was asked for is too small.
 */
export function layOut({ partitions, size, reserved }: DiskPlan): DiskLayout {
  const placed: PlacedPartition[] = [];
  let free = alignUp(Math.max(reserved ?? 0, alignment));
  for (const partition of partitions) {
    placed.push({ ...partition, offset: free });
    free = alignUp(free + partition.size);
  }
  const needed = alignUp(free + gptSectorsAfter * sectorSize);
  if (size !== undefined && size < needed) {
    throw new TskitError(
      'usage',
      `--size: expected at least ${needed / alignment}M for what is in the disk, found ${size / alignment}M`,
      { hint: 'leave --size out: a disk is as large as its contents then' },
    );
  }
  return { partitions: placed, size: alignUp(size ?? needed) };
}

/**
 * What is at the beginning and at the end of a disk. Its GUID is derived from those of the partitions, which are derived from their
 * contents.
 */
export function encodeTables(plan: DiskPlan, layout: DiskLayout): GptTables {
  const partitions = layout.partitions.map(
    ({ type, guid, name, attributes, offset, size }): GptPartition => ({
      type,
      guid,
      name,
      ...(attributes !== undefined && { attributes }),
      firstSector: offset / sectorSize,
      sectors: Math.ceil(size / sectorSize),
    }),
  );
  return encodeGpt({
    guid: derivedGuid('disk', String(layout.size), ...partitions.flatMap(({ type, guid }) => [type, guid])),
    sectors: layout.size / sectorSize,
    partitions,
    ...(plan.bootCode !== undefined && { bootCode: plan.bootCode }),
    ...(plan.hybrid !== undefined && { hybrid: plan.hybrid }),
    ...(plan.isBiosBootable !== undefined && { isBiosBootable: plan.isBiosBootable }),
    ...(plan.reserved !== undefined && { firstUsable: Math.ceil(plan.reserved / sectorSize) }),
  });
}

/** Writes a disk with a GPT into an empty draft: a sparse file, in which nothing but contents takes space. */
export async function writeDisk(draft: DraftFile, plan: DiskPlan, ctx: BuildContext): Promise<void> {
  const layout = layOut(plan);
  await draft.resize(layout.size);
  const { before, after } = encodeTables(plan, layout);
  await draft.writeAt(before, 0);
  await draft.writeAt(after, layout.size - after.length);
  // All at once: programs work on one while another is copied.
  await mapParallel(layout.partitions, layout.partitions.length, ctx.signal, (partition, signal) =>
    partition.write(draft, partition.offset, { ...ctx, signal }),
  );
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
