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
  const fd = openIfPresent(sys, folder);
  if (fd === undefined) return undefined;
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

/** A descriptor of what is at a path, to be read and closed by the caller; undefined when there is nothing. */
export function openIfPresent(sys: Sys, path: string): number | undefined {
  try {
    return sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
