// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where the file systems of a root say which one they are.

/** Bytes of a SquashFS superblock, and where in it the four numbers of 32 bits are that stand for a UUID: inodes, size, two tables. */
export const squashfsSuperblockSize = 96;

export const squashfsUuidFields: readonly number[] = [4, 40, 64, 72];

/** In the first volume descriptor of our ISO 9660 file systems: who wrote it, and where its UUID is (ECMA-119, 8.4.20 and 8.4.32). */
export const isoApplication = 'TSKIT';

export const isoApplicationOffset = 574;

export const isoUuidOffset = 883;
