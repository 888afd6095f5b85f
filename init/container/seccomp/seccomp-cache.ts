// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Compiled filters in files. To compile one takes longer than to start a container, and most containers of a host have the
// same profile. A file counts when it is ours alone to write, whole, and made from the very section that is asked for.

import type { CompiledFilter } from '../../../seccomp/compile.ts';
import { decodeFilterFile, encodeFilterFile, splitFilterFile } from '../../../seccomp/filter-file.ts';
import { describeError, errnoOf, makeFolder } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  S_IFMT,
  S_IFREG,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';

/** A filter and all that it was compiled from (filterSource). */
export interface SourcedFilter {
  readonly source: string;
  readonly filter: CompiledFilter;
}

/** More files than that and the folder is emptied: a host has few profiles, and to compile one again costs little. */
const mostFiles = 64;
const writableByOthers = 0o022;

/** The filter that was kept for this source, if there is one. */
export function takeFilter(sys: Sys, folder: string, source: string): CompiledFilter | undefined {
  return readFilter(sys, `${folder}/${fileName(source)}`, source);
}

/**
 * The filter that the build put beside the config.json it is for; undefined when there is none, or one of another compiler or
 * machine. Section and checksum are not looked at again: nobody has written there since, and it would be a tenth of a start.
 */
export function builtFilter(sys: Sys, path: string, compiler: string): CompiledFilter | undefined {
  const bytes = readOurFile(sys, path);
  const file = bytes === undefined ? undefined : splitFilterFile(bytes);
  if (file === undefined) return undefined;
  return sys.decodeUtf8(file.source.subarray(0, compiler.length)) === compiler ? file.filter : undefined;
}

/** The filter in a file; undefined when there is none, or one that must not be used. */
function readFilter(sys: Sys, path: string, source: string): CompiledFilter | undefined {
  const bytes = readOurFile(sys, path);
  const file = bytes === undefined ? undefined : decodeFilterFile(bytes);
  return file !== undefined && sys.decodeUtf8(file.source) === source ? file.filter : undefined;
}

/** An ordinary file's content, if only we can write it. */
function readOurFile(sys: Sys, path: string): Uint8Array | undefined {
  const fd = openIfPresent(sys, path);
  if (fd === undefined) return undefined;
  try {
    const { mode, uid, size } = sys.statx(fd, '', AT_EMPTY_PATH);
    const isOurs = uid === sys.geteuid() && (mode & writableByOthers) === 0;
    if ((mode & S_IFMT) !== S_IFREG || !isOurs) return undefined;
    const bytes = new Uint8Array(size);
    return sys.read(fd, bytes) === size ? bytes : undefined;
  } finally {
    sys.close(fd);
  }
}

/** Not through a symbolic link, and without waiting at a pipe. */
function openIfPresent(sys: Sys, path: string): number | undefined {
  try {
    return sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ELOOP' || errno === 'ENOTDIR' || errno === 'EACCES') return undefined;
    throw error;
  }
}

/** Keeps a filter for later. A container starts without that, too: `warn` is told what was in the way. */
export function keepFilter(
  sys: Sys,
  folder: string,
  { source, filter }: SourcedFilter,
  warn: (text: string) => void,
): void {
  try {
    makeFolder(sys, folder, 0o700);
    makeRoom(sys, folder);
    const temporary = `${folder}/new.${sys.getpid()}`;
    writeNew(sys, temporary, encodeFilterFile({ source: sys.encodeUtf8(source), filter }));
    sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, `${folder}/${fileName(source)}`, 0);
  } catch (error) {
    warn(`the seccomp filter is not kept in ${folder}: ${describeError(error)}`);
  }
}

function makeRoom(sys: Sys, folder: string): void {
  const fd = sys.openat(AT_FDCWD, folder, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  try {
    const names = sys.readdir(fd).map(({ name }) => name);
    if (names.length >= mostFiles) for (const name of names) removeIfPresent(sys, fd, name);
  } finally {
    sys.close(fd);
  }
}

function removeIfPresent(sys: Sys, folder: number, name: string): void {
  try {
    sys.unlinkat(folder, name, 0);
  } catch (error) {
    // Another runtime may be emptying the folder, too.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Of a process that died with this number a file may be left. */
function writeNew(sys: Sys, path: string, bytes: Uint8Array): void {
  removeIfPresent(sys, AT_FDCWD, path);
  const fd = sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += sys.write(fd, bytes.subarray(at));
  } finally {
    sys.close(fd);
  }
}

/** Different sources may have the same name: then the later one takes the place of the other. FNV-1a over every 16th character. */
function fileName(source: string): string {
  let sum = 0x811c9dc5;
  for (let at = 0; at < source.length; at += 16) sum = Math.imul(sum ^ source.charCodeAt(at), 0x01000193);
  return `${source.length.toString(16)}-${(sum >>> 0).toString(16)}`;
}
