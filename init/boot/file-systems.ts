// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { squashfsSuperblockSize } from '../contract/root-file-systems.ts';
import { erofsSuperblockOffset, erofsSuperblockSize, parseErofs } from './erofs.ts';
import type { ReadDisk } from './gpt.ts';
import { isoDescriptorOffset, isoDescriptorSize, parseIso9660 } from './iso9660.ts';
import { parseSquashfs } from './squashfs.ts';

/** A file system that a root may be. */
export interface FileSystem {
  /** As mount(2) takes it. */
  readonly type: 'erofs' | 'squashfs' | 'iso9660';
  /** In lower case. */
  readonly uuid: string;
  /** Bytes of it. */
  readonly size: number;
}

/** The file system that begins at `offset`, when it is one that is known. */
export function fileSystemAt(read: ReadDisk, offset: number): FileSystem | undefined {
  return (
    parseErofs(read(offset + erofsSuperblockOffset, erofsSuperblockSize)) ??
    parseSquashfs(read(offset, squashfsSuperblockSize)) ??
    parseIso9660(read(offset + isoDescriptorOffset, isoDescriptorSize))
  );
}
