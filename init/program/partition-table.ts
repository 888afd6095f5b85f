// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The table of a disk that has one partition of the type Linux: an MBR, or a GUID partition table. Until the file system is whole the disk has
// an identifier that says so, and then one of its own; what power cuts off in between can be begun anew.

import { readGpt, viewOf } from '../boot/gpt.ts';
import { writeFirstTable } from '../disk/blank.ts';
import type { BlockDevice } from '../disk/block-device.ts';
import { asRandomGuid } from '../disk/layout.ts';
import { emptyTable, readTable, setNumber, writeCopies } from '../disk/table.ts';
import type { Sys } from '../sys.ts';
import { randomBytes } from './random.ts';

export type TableKind = 'dos' | 'gpt';

/** Where the partition is, in bytes. */
export interface MadePartition {
  readonly start: number;
  readonly size: number;
}

const mebibyte = 1024 ** 2;
/** Where the partition begins, in bytes. */
export const firstStart: number = mebibyte;
/** "fmt!", in both kinds. */
const unfinishedDos = 0x666d7421;
const unfinishedGpt = '746b666d-7421-4b55-8e21-2e2e2e2e2e2e';
/** Linux file system data, 0fc63daf-8483-4772-8e79-3d69d8477de4, as it is on disk (UEFI specification, appendix A). */
const linuxData = [0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4];
const unfinishedBytes = [
  0x6d, 0x66, 0x6b, 0x74, 0x21, 0x74, 0x55, 0x4b, 0x8e, 0x21, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e,
];
const linuxType = 0x83;
const idAt = 440;
const entryAt = 446;
/** An MBR counts sectors in 32 bits. */
const mostSectors = 2 ** 32 - 1;

/** Whether the disk was left before its file system was whole. */
export function isUnfinished(device: BlockDevice): boolean {
  const sector = device.read(0, device.sectorSize);
  if (sector[510] !== 0x55 || sector[511] !== 0xaa) return false;
  if (viewOf(sector).getUint32(idAt, true) === unfinishedDos) return true;
  return readGpt((offset, length) => device.read(offset, length), device.size)?.diskGuid === unfinishedGpt;
}

/** The kind that a disk gets unless another is asked for. */
export function tableFor(device: BlockDevice): TableKind {
  return device.size / device.sectorSize > mostSectors ? 'gpt' : 'dos';
}

/**
 * Writes a table with one partition over the whole disk, on whatever was there, and takes away what was at both ends of the disk and at the start of
 * the partition: superblocks and tables of others.
 */
export function writeTable(sys: Sys, device: BlockDevice, kind: TableKind): MadePartition {
  const start = firstStart;
  device.zero(0, 2 * mebibyte);
  device.zero(device.size - mebibyte - (device.size % device.sectorSize), mebibyte);
  device.flush();
  return kind === 'dos' ? writeDos(device, start) : writeGuid(sys, device, start);
}

function writeDos(device: BlockDevice, start: number): MadePartition {
  const { sectorSize } = device;
  const first = start / sectorSize;
  const count = Math.min(Math.floor(device.size / sectorSize), mostSectors) - first;
  const sector = new Uint8Array(sectorSize);
  const view = viewOf(sector);
  view.setUint32(idAt, unfinishedDos, true);
  // Cylinders, heads and sectors that say that they are none.
  sector.set([0, 0xfe, 0xff, 0xff, linuxType, 0xfe, 0xff, 0xff], entryAt);
  view.setUint32(entryAt + 8, first, true);
  view.setUint32(entryAt + 12, count, true);
  sector.set([0x55, 0xaa], 510);
  device.write(0, sector);
  device.flush();
  return { start, size: count * sectorSize };
}

function writeGuid(sys: Sys, device: BlockDevice, start: number): MadePartition {
  const { sectorSize } = device;
  const table = emptyTable(device, new Uint8Array(unfinishedBytes));
  const first = start / sectorSize;
  const perMebibyte = mebibyte / sectorSize;
  const last = Math.floor((table.lastUsable + 1) / perMebibyte) * perMebibyte - 1;
  table.entries.set(linuxData, 0);
  table.entries.set(asRandomGuid(randomBytes(sys, 16)), 16);
  setNumber(viewOf(table.entries), 32, first);
  setNumber(viewOf(table.entries), 40, last);
  writeFirstTable(device, table);
  return { start, size: (last - first + 1) * sectorSize };
}

/** Gives the disk an identifier of its own: its file system is whole. */
export function finishTable(sys: Sys, device: BlockDevice, kind: TableKind): void {
  if (kind === 'dos') {
    const sector = device.read(0, device.sectorSize);
    sector.set(randomBytes(sys, 4), idAt);
    device.write(0, sector);
    device.flush();
    return;
  }
  const found = readTable(device);
  if (found === undefined) throw new Error(`expected the table that was just written on ${device.path}, found none`);
  writeCopies(device, { ...found.table, diskGuid: asRandomGuid(randomBytes(sys, 16)) }, ['backup', 'primary']);
}
