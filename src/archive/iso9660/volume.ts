// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../../file-tree.ts';
import { bootCatalog, type BootEntry, bootRecord } from './el-torito.ts';
import { both16, both32, isoSector, noVolumeDate, recordDate, sectorsFor, volumeDate } from './fields.ts';
import { encodeFolder, type IsoLayout, pathRecordSize, type PlacedFolder } from './layout.ts';

/** What the descriptors say beside the tree. */
export interface IsoVolume {
  /** At most 32 capital letters, digits and `_`. */
  readonly label: string;
  /** Upper bound of every time stamp, and the date of the volume, in seconds. */
  readonly epoch: number;
  /** Sectors of everything, what comes behind the file system included. */
  readonly sectors: number;
  /** Who wrote it, and at most 512 bytes of its own. */
  readonly application?: { readonly name: string; readonly use: Uint8Array };
  /** What firmware boots from it; absent when it boots nothing. */
  readonly boot?: readonly BootEntry[];
}

/** Sectors of the descriptors, and of the boot catalog behind them. */
export function descriptorSectors(isBootable: boolean): number {
  return isBootable ? 4 : 2;
}

/**
 * A file system from its 17th sector on up to its first file's content, in pieces. The 16 sectors before that are the caller's.
 */
export function* isoMetadata(layout: IsoLayout, volume: IsoVolume): Generator<Buffer> {
  yield primaryDescriptor(layout, volume);
  if (volume.boot !== undefined) yield bootRecord(catalogSector);
  yield terminator();
  if (volume.boot !== undefined) yield bootCatalog(volume.boot);
  yield pathTable(layout, (record, sector, parent) => {
    record.writeUInt32LE(sector, 2);
    record.writeUInt16LE(parent, 6);
  });
  yield pathTable(layout, (record, sector, parent) => {
    record.writeUInt32BE(sector, 2);
    record.writeUInt16BE(parent, 6);
  });
  const places = new Map(layout.files.map(({ inode, sector }): [Inode, number] => [inode, sector]));
  for (const folder of layout.folders) {
    const encoded = encodeFolder(folder, layout.folders, (inode) => places.get(inode) ?? 0, volume.epoch);
    yield encoded.records;
    yield encoded.continuations;
  }
}

/** Where the boot catalog is: behind the three descriptors. */
const catalogSector = 19;
const identifier = 'CD001';

/** ECMA-119, 8.4; byte positions there count from 1. */
function primaryDescriptor({ pathTable: table, folders: [root] }: IsoLayout, volume: IsoVolume): Buffer {
  const block = Buffer.alloc(isoSector);
  const text = (at: number, length: number, value: string): void =>
    void block.write(value.padEnd(length), at, length, 'latin1');
  block.writeUInt8(1);
  block.write(identifier, 1, 'latin1');
  block.writeUInt8(1, 6);
  text(8, 32, 'LINUX');
  text(40, 32, volume.label);
  block.set(both32(volume.sectors), 80);
  block.set(both16(1), 120);
  block.set(both16(1), 124);
  block.set(both16(isoSector), 128);
  block.set(both32(table.size), 132);
  block.writeUInt32LE(table.little, 140);
  block.writeUInt32BE(table.big, 148);
  if (root !== undefined) block.set(rootRecord(root, volume.epoch), 156);
  // Set, publisher, preparer and application, and three files that would describe the volume.
  text(190, 128 * 4 + 37 * 3, '');
  if (volume.application !== undefined) {
    text(574, 128, volume.application.name);
    block.set(volume.application.use, 883);
  }
  block.set(volumeDate(volume.epoch), 813);
  block.set(volumeDate(volume.epoch), 830);
  block.set(noVolumeDate, 847);
  block.set(noVolumeDate, 864);
  block.writeUInt8(1, 881);
  return block;
}

function rootRecord({ sector, size }: PlacedFolder, epoch: number): Buffer {
  const record = Buffer.alloc(34);
  record.writeUInt8(34);
  record.set(both32(sector), 2);
  record.set(both32(size), 10);
  record.set(recordDate(epoch), 18);
  record.writeUInt8(2, 25);
  record.set(both16(1), 28);
  record.writeUInt8(1, 32);
  return record;
}

function terminator(): Buffer {
  const block = Buffer.alloc(isoSector);
  block.writeUInt8(255);
  block.write(identifier, 1, 'latin1');
  block.writeUInt8(1, 6);
  return block;
}

function pathTable(
  { folders, pathTable: { size } }: IsoLayout,
  setNumbers: (record: Buffer, sector: number, parent: number) => void,
): Buffer {
  const table = Buffer.alloc(sectorsFor(size) * isoSector);
  let at = 0;
  for (const folder of folders) {
    const length = pathRecordSize(folder.identifier);
    const record = table.subarray(at, at + length);
    record.writeUInt8(Math.max(folder.identifier.length, 1));
    record.write(folder.identifier, 8, 'latin1');
    setNumbers(record, folder.sector, folder.parent + 1);
    at += length;
  }
  return table;
}
