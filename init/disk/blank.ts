// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The first partition table of a disk that has none. Before the first of its sectors is written, sector 0 says that a table is being
// made; the protective MBR replaces that at the very end. So what power cuts off in between is known for what it is, and not taken
// for somebody's data.

import { asciiOf, viewOf } from '../boot/gpt.ts';
import type { BlockDevice } from './block-device.ts';
import { type Table, writeCopies } from './table.ts';

/** What has to be empty at both ends of a disk: there all file systems, partition tables, RAIDs and volume managers put something. */
const edge = 1024 ** 2;
const mark = 'tskit: the partition table of this disk is being made\n';

/** Whether the disk has nothing, or nothing but a table of ours that was not finished. */
export function isBlank(device: BlockDevice): boolean {
  if (asciiOf(device.read(0, device.sectorSize).subarray(0, mark.length)) === mark) return true;
  const length = Math.min(edge, device.size);
  return device.isZero(0, length) && device.isZero(device.size - length, length);
}

/** Writes the first table of a blank disk. */
export function writeFirstTable(device: BlockDevice, table: Table): void {
  const sector = new Uint8Array(device.sectorSize);
  for (let index = 0; index < mark.length; index += 1) sector[index] = mark.charCodeAt(index);
  device.write(0, sector);
  device.flush();
  writeCopies(device, table, ['backup', 'primary']);
  device.write(0, protectiveMbr(device));
  device.flush();
}

/** One partition of type EE over the whole disk, so that who knows no GPT takes the disk for full (UEFI 2.10, 5.2.3). */
function protectiveMbr(device: BlockDevice): Uint8Array {
  const sector = new Uint8Array(device.sectorSize);
  sector.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0], 446);
  viewOf(sector).setUint32(458, protectedSectors(device), true);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

function protectedSectors({ size, sectorSize }: BlockDevice): number {
  return Math.min(size / sectorSize - 1, 0xffffffff);
}

/**
 * Lets a protective MBR cover the whole of a disk that has grown. One that has other partitions as well stays as it is; an entry of
 * type 0 is none, though it may be marked active for a BIOS.
 */
export function stretchProtectiveMbr(device: BlockDevice): void {
  const sector = device.read(0, device.sectorSize);
  const view = viewOf(sector);
  const isOnlyProtective = [0xee, 0, 0, 0].every((type, index) => sector[450 + 16 * index] === type);
  const isProtective = isOnlyProtective && view.getUint32(454, true) === 1 && sector[510] === 0x55;
  if (!isProtective || view.getUint32(458, true) === protectedSectors(device)) return;
  view.setUint32(458, protectedSectors(device), true);
  device.write(0, sector);
  device.flush();
}
