// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type DiskImage, type DiskMap, mapDisk } from '../../archive/disk-image.ts';
import type { BuildContext } from '../../context.ts';
import type { Artifacts } from '../artifacts.ts';
import type { DraftFile } from '../draft-file.ts';
import { type DiskPlan, encodeTables, layOut, writeDisk } from './raw-disk.ts';

/** A disk that was written, and becomes an artifact, or what artifacts are made from. */
export interface PreparedDisk {
  readonly plan: DiskPlan;
  readonly draft: DraftFile;
}

/** Writes a disk that is not kept yet. Throws like {@link writeDisk} and the artifacts. */
export async function prepareDisk(
  suffix: string,
  plan: DiskPlan,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<PreparedDisk> {
  return { plan, draft: await artifacts.prepare(suffix, (draft) => writeDisk(draft, plan, ctx)) };
}

/** By disk, and the unit that its size is a multiple of. */
const maps = new WeakMap<PreparedDisk, Map<number, Promise<DiskMap>>>();

/**
 * What a disk holds, read once for all formats that take its size as a multiple of `unit` bytes.
 * @throws TskitError `store` when it cannot be read, `interrupted`.
 */
export function mapPrepared(disk: PreparedDisk, unit: number, { signal }: BuildContext): Promise<DiskMap> {
  const known = maps.get(disk) ?? new Map<number, Promise<DiskMap>>();
  maps.set(disk, known);
  const map = known.get(unit) ?? mapDisk(imageOf(disk, unit), signal);
  known.set(unit, map);
  return map;
}

/**
 * The disk as long as the next multiple of `unit`: the tables are made anew, since one of them ends the disk, and the rest is that of
 * the file. What is between partitions is zero and not looked at.
 */
function imageOf({ plan, draft }: PreparedDisk, unit: number): DiskImage {
  const layout = layOut(plan);
  const size = Math.ceil(layout.size / unit) * unit;
  const { before, after } = encodeTables(plan, { ...layout, size });
  const inFile = (offset: number, length: number) =>
    ({ at: offset, content: { kind: 'range', file: draft.temporary, offset, size: length } }) as const;
  const first = layout.partitions[0]?.offset ?? before.length;
  return {
    size,
    parts: [
      { at: 0, content: { kind: 'inline', data: before } },
      inFile(before.length, first - before.length),
      ...layout.partitions.map(({ offset, size: length }) => inFile(offset, length)),
      { at: size - after.length, content: { kind: 'inline', data: after } },
    ],
  };
}
