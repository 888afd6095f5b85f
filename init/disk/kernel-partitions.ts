// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readTextIfPresent } from '../files.ts';
import { BLKPG_ADD_PARTITION, BLKPG_DEL_PARTITION, BLKPG_RESIZE_PARTITION } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { devicePath, type OpenDevice } from './block-device.ts';
import type { Placement } from './layout.ts';

/**
 * Lets the kernel know a partition as it is now; the path of its node. To let it read the whole table anew does not work while another
 * partition of the disk is in use.
 */
export function tellKernel(sys: Sys, device: OpenDevice, disk: string, { number, start, size }: Placement): string {
  const name = `${disk}${/[0-9]$/.test(disk) ? 'p' : ''}${number}`;
  const value = (file: string): number | undefined => {
    const text = readTextIfPresent(sys, `/sys/block/${disk}/${name}/${file}`);
    return text === undefined ? undefined : Number(text) * 512;
  };
  const [knownStart, knownSize] = [value('start'), value('size')];
  if (knownStart === start && knownSize !== size) {
    sys.blkpg(device.fd, BLKPG_RESIZE_PARTITION, number, start, size);
  } else if (knownStart !== start) {
    if (knownStart !== undefined) sys.blkpg(device.fd, BLKPG_DEL_PARTITION, number, 0, 0);
    sys.blkpg(device.fd, BLKPG_ADD_PARTITION, number, start, size);
  }
  return devicePath(name);
}
