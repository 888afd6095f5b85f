// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What an EROFS superblock says (Linux fs/erofs/erofs_fs.h). */
export interface ErofsSuperblock {
  /** In lower case. */
  readonly uuid: string;
  /** Bytes of the file system. */
  readonly size: number;
}

/** Where it is, and how much of it is read. */
export const erofsSuperblockOffset = 1024;
export const erofsSuperblockSize = 128;

const magic = 0xe0f5e1e2;
/** The only size that our images have. */
const blockBits = 12;

/** undefined when the bytes from erofsSuperblockOffset on are none. */
export function parseErofs(bytes: Uint8Array): ErofsSuperblock | undefined {
  if (bytes.length < erofsSuperblockSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic || bytes[12] !== blockBits) return undefined;
  return { uuid: uuidOf(bytes.subarray(48, 64)), size: view.getUint32(36, true) * 2 ** blockBits };
}

/** A UUID in the order of its bytes. */
function uuidOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
