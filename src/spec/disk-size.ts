// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A size of a disk or partition: "512M", "4G", "1T", "4GiB"; units are powers of 1024 (qemu-img has them so). */
export const diskSizeShape: RegExp = /^([1-9][0-9]{0,8})([MGTmgt])(i?[Bb])?$/;

/** One MiB, the unit that partitions are made and aligned in. */
export const mebibyte: number = 1024 ** 2;

const units: Readonly<Record<string, number>> = { m: mebibyte, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes of a text of the shape; undefined for any other, such as "rest". */
export function diskSizeBytes(text: string): number | undefined {
  const [, count, unit = ''] = diskSizeShape.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (units[unit.toLowerCase()] ?? 1);
}
