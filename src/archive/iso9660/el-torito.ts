// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isoSector } from './fields.ts';

/** Something that firmware boots from a disc ("El Torito" Bootable CD-ROM Format Specification 1.0). */
export interface BootEntry {
  /** A BIOS loads the first 2 KiB of it and jumps there; UEFI takes it for a FAT file system. */
  readonly platform: 'bios' | 'efi';
  /** Of 2048 bytes. */
  readonly sector: number;
  readonly size: number;
}

const platformIds = { bios: 0, efi: 0xef } as const;
const bootable = 0x88;
const lastSection = 0x91;
/** Counted in sectors of 512 bytes, whatever the disc's are. */
const virtualSector = 512;
/** What ISOLINUX's first stage is loaded as: it reads the rest itself. */
const biosSectors = 4;

/** The volume descriptor that leads to the boot catalog (specification, figure 7). */
export function bootRecord(catalogSector: number): Buffer {
  const block = Buffer.alloc(isoSector);
  block.write('\0CD001\u0001EL TORITO SPECIFICATION', 'latin1');
  block.writeUInt32LE(catalogSector, 71);
  return block;
}

/** The catalog of at least one entry: the first is the default one, each other has a section of its own (figures 2 to 5). */
export function bootCatalog(entries: readonly BootEntry[]): Buffer {
  const block = Buffer.alloc(isoSector);
  const [first, ...others] = entries;
  if (first === undefined) throw new RangeError('a boot catalog without an entry');
  block.writeUInt8(1);
  block.writeUInt8(platformIds[first.platform], 1);
  block.writeUInt16LE(0xaa55, 30);
  block.writeUInt16LE(checksum(block.subarray(0, 32)), 28);
  block.set(catalogEntry(first), 32);
  for (const [index, entry] of others.entries()) {
    const at = 64 * (index + 1);
    block.writeUInt8(index === others.length - 1 ? lastSection : lastSection - 1, at);
    block.writeUInt8(platformIds[entry.platform], at + 1);
    block.writeUInt16LE(1, at + 2);
    block.set(catalogEntry(entry), at + 32);
  }
  return block;
}

/** What makes the sum of a validation entry's words zero. */
function checksum(entry: Buffer): number {
  let sum = 0;
  for (let at = 0; at < entry.length; at += 2) sum += entry.readUInt16LE(at);
  return -sum & 0xffff;
}

function catalogEntry({ platform, sector, size }: BootEntry): Buffer {
  const entry = Buffer.alloc(32);
  entry.writeUInt8(bootable);
  entry.writeUInt16LE(platform === 'bios' ? biosSectors : efiSectors(size), 6);
  entry.writeUInt32LE(sector, 8);
  return entry;
}

/** 0 is "up to the end of the disc" for UEFI (specification 13.3.2.1), which is what is left where 16 bits do not suffice. */
function efiSectors(size: number): number {
  const sectors = Math.ceil(size / virtualSector);
  return sectors > 0xffff ? 0 : sectors;
}
