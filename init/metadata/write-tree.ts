// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, makeFolder } from '../files.ts';
import {
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_NOFOLLOW,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { FileEntry } from './tree.ts';

const oDirectory = 0o200000;
/** The kernel refuses a path that leads out of the folder, or through a symbolic link of whoever made one there. */
const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

/** Writes the entries below a folder, which is made. Returns what could not be written; the rest is. */
export function writeTree(sys: Sys, folder: string, entries: readonly FileEntry[]): string[] {
  makeFolder(sys, folder, 0o755);
  const root = sys.openat(AT_FDCWD, folder, O_RDONLY | oDirectory | O_CLOEXEC, 0);
  try {
    return entries.flatMap((entry) => {
      try {
        writeEntry(sys, root, entry);
        return [];
      } catch (error) {
        return [`writing ${folder}/${entry.path.join('/')}: ${describeError(error)}`];
      }
    });
  } finally {
    sys.close(root);
  }
}

function writeEntry(sys: Sys, root: number, entry: FileEntry): void {
  const above = entry.path.slice(0, -1);
  for (const [at] of above.entries()) makeBelow(sys, root, above.slice(0, at + 1), 0o755);
  if (entry.kind === 'folder') makeBelow(sys, root, entry.path, entry.mode);
  else writeFile(sys, root, entry);
}

/** One that is there keeps its mode. */
function makeBelow(sys: Sys, root: number, path: readonly string[], mode: number): void {
  const parent = openBelow(sys, root, path.slice(0, -1));
  try {
    sys.mkdirat(parent, path.at(-1) ?? '', mode);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  } finally {
    sys.close(parent);
  }
  const made = openBelow(sys, root, path);
  try {
    // Whatever the umask says.
    sys.fchmod(made, mode);
  } finally {
    sys.close(made);
  }
}

function openBelow(sys: Sys, root: number, path: readonly string[]): number {
  return sys.openat2(root, path.length === 0 ? '.' : path.join('/'), {
    flags: O_RDONLY | oDirectory | O_CLOEXEC,
    resolve,
  });
}

function writeFile(sys: Sys, root: number, { path, mode, text, bytes }: Extract<FileEntry, { kind: 'file' }>): void {
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  // Nobody reads it before it has its mode.
  const fd = sys.openat2(root, path.join('/'), { flags, mode: mode & 0o600, resolve });
  try {
    const content = bytes ?? sys.encodeUtf8(text ?? '');
    for (let at = 0; at < content.length; ) at += sys.write(fd, content.subarray(at));
    sys.fchmod(fd, mode);
  } finally {
    sys.close(fd);
  }
}
