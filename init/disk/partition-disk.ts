// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskPlan } from '../contract/disk-plan.ts';
import { stretchProtectiveMbr, writeFirstTable } from './blank.ts';
import type { BlockDevice } from './block-device.ts';
import { asRandomGuid, layOut, type Layout, type Placement } from './layout.ts';
import { emptyTable, type FoundTable, writeCopies } from './table.ts';

const mebibyte = 1024 ** 2;

/**
 * Brings a disk, of which `found` is the table and which is blank without, into the state that a plan describes, whatever state power
 * left it in before:
 *
 * 1. both copies of its partition table are mended, and the second one follows the end of a disk that has grown;
 * 2. partitions that are not there get a place;
 * 3. `plant` writes what they start with, while the place is still nobody's;
 * 4. only then the table names them, all at once, and with it what has grown: what was planted is on the medium before the first copy
 *    of the table that counts.
 *
 * So a partition that the table names is whole, and what is not named may be begun anew.
 */
export function partitionDisk(
  device: BlockDevice,
  found: FoundTable | undefined,
  { partitions }: Pick<DiskPlan, 'partitions'>,
  chance: () => Uint8Array,
  plant: (placement: Placement) => void,
): Layout {
  if (found !== undefined) mend(device, found);
  const table = found?.table ?? emptyTable(device, asRandomGuid(chance()));
  // The last MiB holds the second copy, and stays empty otherwise: by it a blank disk is known.
  const end = device.size - mebibyte;
  const layout = layOut(table, partitions, { sectorSize: device.sectorSize, end }, chance);
  for (const placement of layout.placed) if (placement.isNew) plant(placement);
  if (layout.hasChanged) {
    if (found === undefined) writeFirstTable(device, layout.table);
    else writeCopies(device, layout.table, ['backup', 'primary']);
  }
  return layout;
}

function mend(device: BlockDevice, { table, toMend }: FoundTable): void {
  writeCopies(device, table, toMend);
  stretchProtectiveMbr(device);
}
