// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../file-tree.ts';

/** The file type in st_mode (inode(7)), which cpio, EROFS and Rock Ridge store as it is. */
export const typeBits: Readonly<Record<Inode['type'], number>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
};
