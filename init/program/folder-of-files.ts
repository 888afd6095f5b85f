// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AT_FDCWD, DT_DIR, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** The names in a folder, sorted bytewise; undefined when there is no such folder. Folders in it are left out unless `folders`. */
export function namesIn(
  sys: Sys,
  folder: string,
  { folders = false }: { readonly folders?: boolean } = {},
): readonly string[] | undefined {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    const entries = sys.readdir(fd).filter(({ type }) => folders || type !== DT_DIR);
    return entries.map(({ name }) => name).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  } finally {
    sys.close(fd);
  }
}
