// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../file-tree.ts';

/** A root as package databases are looked for in it: its paths, and the text of a file. */
export interface ReadRoot {
  paths(): Iterable<Bytes>;
  /** Undefined for what is no file, or larger than a database is. */
  text(path: Bytes): string | undefined;
}

/** Databases are read whole; a desktop's status file has about 3 MB. */
export const maxDatabase: number = 64 * 1024 * 1024;
