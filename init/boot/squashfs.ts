// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { squashfsSuperblockSize, squashfsUuidFields } from '../contract/root-file-systems.ts';
import type { FileSystem } from './file-systems.ts';
import { uuidOf } from './uuid.ts';

const magic = 0x73717368;

/**
 * What a SquashFS superblock says (Linux fs/squashfs/squashfs_fs.h), which is at the beginning; undefined when the bytes are none. It
 * has no UUID: numbers of it that follow from all contents serve as one.
 */
export function parseSquashfs(bytes: Uint8Array): FileSystem | undefined {
  if (bytes.length < squashfsSuperblockSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic) return undefined;
  const id = squashfsUuidFields.flatMap((at) => Array.from(bytes.subarray(at, at + 4)));
  return { type: 'squashfs', uuid: uuidOf(id), size: view.getUint32(44, true) * 2 ** 32 + view.getUint32(40, true) };
}
