// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isoApplication, isoApplicationOffset, isoUuidOffset } from '../contract/root-file-systems.ts';
import type { FileSystem } from './file-systems.ts';
import { uuidOf } from './uuid.ts';

/** The first volume descriptor is behind 16 sectors. */
export const isoDescriptorOffset = 32_768;
export const isoDescriptorSize = 2048;

const identifier = '\u0001CD001';

/**
 * What the first volume descriptor of an ISO 9660 file system says (ECMA-119, 8.4); undefined when the bytes are none or somebody else
 * wrote them: the UUID is in the part of the descriptor that each application uses in its own way.
 */
export function parseIso9660(bytes: Uint8Array): FileSystem | undefined {
  if (bytes.length < isoDescriptorSize || textAt(bytes, 0, identifier.length) !== identifier) return undefined;
  if (textAt(bytes, isoApplicationOffset, isoApplication.length) !== isoApplication) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const uuid = uuidOf(bytes.subarray(isoUuidOffset, isoUuidOffset + 16));
  return { type: 'iso9660', uuid, size: view.getUint32(80, true) * view.getUint16(128, true) };
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
