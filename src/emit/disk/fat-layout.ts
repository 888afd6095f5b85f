// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { sectorSize } from '../../archive/gpt.ts';
import { TskitError } from '../../errors.ts';

/** What the size of a file system follows from. */
export interface FatFileSize {
  /** From the root, with slashes: `EFI/BOOT/BOOTX64.EFI`. */
  readonly path: string;
  readonly size: number;
}

/**
 * FAT32 is what UEFI asks of a disk's system partition, and has at least 65,525 clusters, 32 MiB; FAT16 goes down to 2 MiB
 * for images inside of others (Microsoft, FAT32 File System Specification, "FAT Type Determination").
 */
export type FatType = 'fat16' | 'fat32';

export interface FatLayout {
  /** Bytes of the file system: whole MiB. */
  readonly size: number;
  readonly sectorsPerCluster: number;
}

const mebibyte = 1 << 20;
/** The directory entry of FAT counts a file's bytes with 32 bits. */
const largestFile = 0xffff_ffff;
/** What mkfs.fat puts in front of the tables (32 sectors), the fixed root of FAT16, and its own alignment of them. */
const overhead = mebibyte / 2;
/** By type: what cluster counts make it that one, with a margin for readers that are off by a few. */
const clusterLimits = {
  fat16: { least: 4_100, most: 65_500, entry: 2 },
  fat32: { least: 65_600, most: 0x0fff_fff0, entry: 4 },
} as const;

/**
 * How large a file system has to be for these files: no larger than the type allows or the files need.
 * @throws TskitError `format` for a file of 4 GiB or more, or what is too much for FAT16.
 */
export function fatLayout(files: readonly FatFileSize[], type: FatType): FatLayout {
  for (const { path, size } of files) {
    if (size > largestFile) {
      throw new TskitError('format', `"${path}" of ${size} bytes: a FAT file system holds files of less than 4 GiB`, {
        hint: 'keep the system out of the initrd with `root: erofs`',
      });
    }
  }
  const { least, most, entry } = clusterLimits[type];
  // FAT32 takes the largest cluster that is small enough for its many, FAT16 the smallest that is large enough for its few.
  const choice =
    type === 'fat16'
      ? [1, 2, 4, 8, 16, 32, 64].find((sectors) => clustersOf(files, sectors) <= most)
      : ([8, 4, 2].find((sectors) => clustersOf(files, sectors) >= least) ?? 1);
  if (choice === undefined) {
    throw new TskitError(
      'format',
      `files of ${files.reduce((sum, { size }) => sum + size, 0)} bytes: too much for FAT16`,
    );
  }
  const clusters = Math.max(clustersOf(files, choice), least);
  const bytes = overhead + clusters * (choice * sectorSize + 2 * entry);
  return { size: Math.ceil(bytes / mebibyte) * mebibyte, sectorsPerCluster: choice };
}

/** Of all files and the directories on their ways. */
function clustersOf(files: readonly FatFileSize[], sectorsPerCluster: number): number {
  const bytes = sectorsPerCluster * sectorSize;
  const folders = foldersOf(files.map(({ path }) => path));
  // An entry of 32 bytes, up to 20 for a long name; none of ours fills more than one cluster of a directory by much.
  const entries = Math.ceil(((files.length + folders.length) * 32 * 21) / bytes);
  return files.reduce((sum, { size }) => sum + Math.ceil(size / bytes), folders.length + 1 + entries);
}

/** The folders that paths lead through, parents first, each once. */
export function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1);
    for (const index of parts.keys()) folders.add(parts.slice(0, index + 1).join('/'));
  }
  return [...folders];
}
