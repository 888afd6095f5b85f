// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What everything in an ISO 9660 file system is aligned to, and counted in. */
export const isoSector = 2048;

/** A 32-bit number in both byte orders (ECMA-119, 7.3.3). */
export function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

/** A 16-bit number in both byte orders (ECMA-119, 7.2.3). */
export function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

/** Date and time of a directory record, in seconds since the epoch (ECMA-119, 9.1.5): UTC, years up to 2155. */
export function recordDate(seconds: number): Buffer {
  const date = new Date(seconds * 1000);
  return Buffer.from([
    date.getUTCFullYear() - 1900,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  ]);
}

/** Date and time of a volume descriptor (ECMA-119, 8.4.26.1): digits to the hundredth of a second, then the zone. */
export function volumeDate(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 16);
  return Buffer.from(`${digits}\0`, 'latin1');
}

/** The date of a volume descriptor that says nothing. */
export const noVolumeDate: Buffer = Buffer.from(`${'0'.repeat(16)}\0`, 'latin1');

export function sectorsFor(bytes: number): number {
  return Math.ceil(bytes / isoSector);
}
