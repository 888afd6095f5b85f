// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';

/**
 * A GUID that is the same for the same content, and different for another purpose: of the first 128 bits of a SHA-256 those
 * that say which kind of UUID it is are replaced (RFC 9562, 5.8: UUIDv8).
 */
export function derivedGuid(purpose: string, ...content: readonly string[]): string {
  const bytes = digestOf(purpose, content);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The same as a number of 32 bits, such as a FAT volume has. */
export function derivedSerial(purpose: string, ...content: readonly string[]): number {
  return digestOf(purpose, content).readUInt32BE();
}

function digestOf(purpose: string, content: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([purpose, ...content]))
    .digest();
}
