// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, Inode } from '../file-tree.ts';

/** Something that the spec's `files` put into the root: one for most entries, many for a folder or a glob. */
export interface SpecFile {
  /** As a tree has it: without a leading slash. */
  readonly path: Bytes;
  readonly inode: Inode;
  /** Everything that makes `inode`, small and as JSON. */
  readonly key: unknown;
  /** Of a folder: one that is there already stays as it is. */
  readonly yields?: boolean;
}
