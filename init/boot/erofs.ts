// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FileSystem } from './file-systems.ts';
import { uuidOf } from './uuid.ts';

/** Where it is, and how much of it is read. */
export const erofsSuperblockOffset = 1024;
export const erofsSuperblockSize = 128;

const magic = 0xe0f5e1e2;
/** The only size that our images have. */
const blockBits = 12;

/** What an EROFS superblock says (Linux fs/erofs/erofs_fs.h); undefined when the bytes from erofsSuperblockOffset on are none. */
export function parseErofs(bytes: Uint8Array): FileSystem | undefined {
  if (bytes.length < erofsSuperblockSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic || bytes[12] !== blockBits) return undefined;
  return { type: 'erofs', uuid: uuidOf(bytes.subarray(48, 64)), size: view.getUint32(36, true) * 2 ** blockBits };
}
