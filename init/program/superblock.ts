// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What is on a device, told by its superblock: the part of libblkid that mounting needs. Names of types are blkid's.

import { asciiOf, type ReadDisk, viewOf } from '../boot/gpt.ts';
import { uuidOf } from '../boot/uuid.ts';
import { readFat } from '../metadata/media/fat.ts';
import { LengthError } from '../metadata/media/medium.ts';

/** What was found on a device. */
export interface Content {
  /** "ext4", "vfat", and what is not to be mounted: "swap", "crypto_LUKS", "linux_raid_member", "LVM2_member". */
  readonly type: string;
  /** Bytes of it, UTF-8. */
  readonly label?: Uint8Array;
  /** As blkid writes it: "ABCD-1234" for FAT, a date for ISO 9660. */
  readonly uuid?: string;
}

type Probe = (read: ReadDisk, size: number) => Content | undefined;

/** What is on a device of `size` bytes; undefined when nothing that is known. */
export function contentOf(read: ReadDisk, size: number): Content | undefined {
  for (const probe of probes) {
    const found = probe(read, size);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A part of a RAID looks like what the whole has, so that it comes first. */
const probes: readonly Probe[] = [raid, lvm, luks, ext, xfs, btrfs, swap, erofs, squashfs, iso9660, fat];

/** Whether the bytes at `offset` are those characters. */
function isAt(read: ReadDisk, offset: number, text: string): boolean {
  return asciiOf(read(offset, text.length)) === text;
}

/** A text ends with a NUL or with its field; spaces at the end only fill it. */
function label(bytes: Uint8Array): { readonly label?: Uint8Array } {
  const nul = bytes.indexOf(0);
  let end = nul < 0 ? bytes.length : nul;
  while (end > 0 && bytes[end - 1] === 32) end -= 1;
  return end === 0 ? {} : { label: bytes.slice(0, end) };
}

function uuid(bytes: Uint8Array): { readonly uuid?: string } {
  return bytes.every((byte) => byte === 0) ? {} : { uuid: uuidOf(bytes) };
}

/** Versions 1.1, 1.2, 1.0 and 0.90 of md's superblock (drivers/md/md.c), the last two at the end. */
function raid(read: ReadDisk, size: number): Content | undefined {
  const magic = '\xfc\x4e\x2b\xa9';
  const last = Math.floor(size / 512) - 16;
  const places = [0, 4096, (last - (last % 8)) * 512, size - (size % 65_536) - 65_536];
  const found = places.some((at) => at >= 0 && isAt(read, at, magic));
  return found ? { type: 'linux_raid_member' } : undefined;
}

/** The label is in one of the first four sectors (LVM2, lib/format_text/layout.h). */
function lvm(read: ReadDisk): Content | undefined {
  const found = [0, 512, 1024, 1536].some((at) => isAt(read, at, 'LABELONE') && isAt(read, at + 24, 'LVM2 001'));
  return found ? { type: 'LVM2_member' } : undefined;
}

/** LUKS on-disk format, both versions: the UUID is text. */
function luks(read: ReadDisk): Content | undefined {
  const header = read(0, 208);
  if (asciiOf(header.subarray(0, 6)) !== 'LUKS\xba\xbe') return undefined;
  const isSecond = header[7] === 2;
  const id = asciiOf(header.subarray(168, 208)).replace(/\0.*$/s, '');
  return { type: 'crypto_LUKS', uuid: id, ...(isSecond ? label(header.subarray(24, 72)) : {}) };
}

// Features without which an older driver would do (fs/ext4/ext4.h, EXT2_FEATURE_*_SUPP and EXT3_FEATURE_*_SUPP).
const hasJournal = 0x4;
const incompatOfExt3 = 0x2 | 0x4 | 0x10;
const roCompatOfExt3 = 0x1 | 0x2 | 0x4;

function ext(read: ReadDisk): Content | undefined {
  const block = read(1024, 1024);
  if (block.length < 1024 || block[0x38] !== 0x53 || block[0x39] !== 0xef) return undefined;
  const view = viewOf(block);
  const [compat, incompat, roCompat] = [0x5c, 0x60, 0x64].map((at) => view.getUint32(at, true));
  const isNewer = ((incompat ?? 0) & ~incompatOfExt3) !== 0 || ((roCompat ?? 0) & ~roCompatOfExt3) !== 0;
  const type = isNewer ? 'ext4' : ((compat ?? 0) & hasJournal) !== 0 ? 'ext3' : 'ext2';
  return { type, ...uuid(block.subarray(0x68, 0x78)), ...label(block.subarray(0x78, 0x88)) };
}

function xfs(read: ReadDisk): Content | undefined {
  const block = read(0, 128);
  if (asciiOf(block.subarray(0, 4)) !== 'XFSB') return undefined;
  return { type: 'xfs', ...uuid(block.subarray(32, 48)), ...label(block.subarray(108, 120)) };
}

function btrfs(read: ReadDisk): Content | undefined {
  const block = read(65_536, 1024);
  if (asciiOf(block.subarray(64, 72)) !== '_BHRfS_M') return undefined;
  return { type: 'btrfs', ...uuid(block.subarray(32, 48)), ...label(block.subarray(299, 555)) };
}

/** mm/swapfile.c: the magic ends the first page. */
function swap(read: ReadDisk): Content | undefined {
  if (!isAt(read, 4086, 'SWAPSPACE2')) return undefined;
  const header = read(1024, 44);
  return { type: 'swap', ...uuid(header.subarray(12, 28)), ...label(header.subarray(28, 44)) };
}

function erofs(read: ReadDisk): Content | undefined {
  const block = read(1024, 128);
  if (block.length < 128 || viewOf(block).getUint32(0, true) !== 0xe0f5e1e2) return undefined;
  return { type: 'erofs', ...uuid(block.subarray(48, 64)), ...label(block.subarray(64, 80)) };
}

/** It has neither. */
function squashfs(read: ReadDisk): Content | undefined {
  return isAt(read, 0, 'hsqs') ? { type: 'squashfs' } : undefined;
}

/** ECMA-119, 8.4: dates are 16 digits, and one of zeros is none. */
function iso9660(read: ReadDisk): Content | undefined {
  if (!isAt(read, 32_769, 'CD001')) return undefined;
  const descriptor = read(32_768, 2048);
  const dates = [830, 813].map((at) => asciiOf(descriptor.subarray(at, at + 16)));
  const date = dates.find((one) => /^[0-9]{16}$/.test(one) && !/^0+$/.test(one));
  const id =
    date === undefined ? {} : { uuid: date.replace(/^(....)(..)(..)(..)(..)(..)(..)$/, '$1-$2-$3-$4-$5-$6-$7') };
  return { type: 'iso9660', ...id, ...label(descriptor.subarray(40, 72)) };
}

/**
 * The boot sector (Microsoft's FAT specification, 3.1 to 3.3); an MBR ends with the same two bytes. The label of the root folder comes
 * before that of the boot sector, which other systems leave as it was made.
 */
function fat(read: ReadDisk): Content | undefined {
  const sector = read(0, 512);
  if (sector.length < 512 || sector[510] !== 0x55 || sector[511] !== 0xaa) return undefined;
  const isWide = asciiOf(sector.subarray(82, 87)) === 'FAT32';
  if (!isWide && asciiOf(sector.subarray(54, 57)) !== 'FAT') return undefined;
  const perCluster = sector[13] ?? 0;
  if (perCluster === 0 || (perCluster & (perCluster - 1)) !== 0 || (sector[21] ?? 0) < 0xf0) return undefined;
  const at = isWide ? 67 : 39;
  const serial = viewOf(sector).getUint32(at, true).toString(16).toUpperCase().padStart(8, '0');
  const name = rootLabel(read) ?? sector.subarray(at + 4, at + 15);
  return {
    type: 'vfat',
    uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    ...(asciiOf(name) === 'NO NAME    ' ? {} : label(name)),
  };
}

function rootLabel(read: ReadDisk): Uint8Array | undefined {
  try {
    const text = readFat(read)?.rootLabel;
    return text === undefined ? undefined : Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch (error) {
    // A root folder with tens of thousands of entries.
    if (error instanceof LengthError) return undefined;
    throw error;
  }
}
