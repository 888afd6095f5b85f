// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../file-tree.ts';

/** A root as databases of packages and bundles are looked for in it: its paths, the text of a file, the target of a link. */
export interface ReadRoot {
  paths(): Iterable<Bytes>;
  /** Undefined for what is no file, or larger than a database is. */
  text(path: Bytes): string | undefined;
  /** Where a symbolic link leads; undefined for what is none. */
  link(path: Bytes): string | undefined;
}

/** Databases are read whole; a desktop's status file has about 3 MB. */
export const maxDatabase: number = 64 * 1024 * 1024;
