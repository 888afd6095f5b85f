// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { contentId, guidText } from '../../archive/guid.ts';

/**
 * A GUID that is the same for the same content, and different for another purpose: of the first 128 bits of a SHA-256 those
 * that say which kind of UUID it is are replaced (RFC 9562, 5.8: UUIDv8).
 */
export function derivedGuid(purpose: string, ...content: readonly string[]): string {
  return guidText(contentId(digestOf(purpose, content)));
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
