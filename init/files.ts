// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Whole files over single system calls. Every function throws the SysError of the call that failed.

import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from './linux.ts';
import type { Sys } from './sys.ts';

const chunkSize = 64 * 1024;
const firstChunk: Uint8Array = new Uint8Array(4096);

/** The errno's name of a failed system call ("ENOENT"), or undefined when `error` is something else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What a message says of a failure: "mount /proc: EBUSY" of a system call, the message of anything else. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A file's content as UTF-8 text. Files of /proc and /sys, which say that their size is 0, are read to their end too. */
export function readText(sys: Sys, path: string): string {
  return sys.decodeUtf8(readBytes(sys, path));
}

/** As readText; undefined when the file or a folder of its path does not exist. */
export function readTextIfPresent(sys: Sys, path: string): string | undefined {
  const bytes = readBytesIfPresent(sys, path);
  return bytes === undefined ? undefined : sys.decodeUtf8(bytes);
}

/** A file's content. */
export function readBytes(sys: Sys, path: string): Uint8Array {
  const fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  try {
    return readToEnd(sys, fd);
  } finally {
    sys.close(fd);
  }
}

/** As readBytes; undefined when the file or a folder of its path does not exist. */
export function readBytesIfPresent(sys: Sys, path: string): Uint8Array | undefined {
  try {
    return readBytes(sys, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** `length` bytes of a file from `offset`, fewer at its end. */
export function readAt(sys: Sys, fd: number, offset: number, length: number): Uint8Array {
  // A disk's table may say anything of where something is; no disk has that.
  if (offset > Number.MAX_SAFE_INTEGER) return new Uint8Array(0);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = sys.pread(fd, bytes.subarray(done), offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** What is left to read of a descriptor. */
export function readToEnd(sys: Sys, fd: number): Uint8Array {
  // Nearly every file that is read while booting fits into the first chunk, which is not allocated anew each time.
  // Only a read of 0 bytes is the end: files of /proc give less than asked before it.
  const first = fill(sys, fd, firstChunk);
  if (first < firstChunk.length) return firstChunk.slice(0, first);
  const parts = [firstChunk.slice()];
  for (;;) {
    const part = new Uint8Array(chunkSize);
    const count = fill(sys, fd, part);
    parts.push(part.subarray(0, count));
    if (count < chunkSize) return concatenate(parts);
  }
}

function fill(sys: Sys, fd: number, buffer: Uint8Array): number {
  let length = 0;
  while (length < buffer.length) {
    const count = sys.read(fd, length === 0 ? buffer : buffer.subarray(length));
    if (count === 0) break;
    length += count;
  }
  return length;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** What a file of /proc or /sys with a value gives at once, up to 4 KiB, so that no second read has to find its end. */
export function readValue(sys: Sys, path: string): string {
  const fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  try {
    return sys.decodeUtf8(firstChunk.subarray(0, sys.read(fd, firstChunk)));
  } finally {
    sys.close(fd);
  }
}

/** Writes text into a file that is there, in one write: how files of /proc and /sys take a value. */
export function writeValue(sys: Sys, path: string, text: string): void {
  writeOpened(sys, sys.openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0), text);
}

/** Makes the file or replaces its content. `mode` counts when it is made. */
export function writeText(sys: Sys, path: string, text: string, mode: number): void {
  writeOpened(sys, sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), text);
}

/** Replaces the file at once: a reader sees the old content or the new, never a part. */
export function replaceText(sys: Sys, path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  writeText(sys, temporary, text, mode);
  sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, path, 0);
}

function writeOpened(sys: Sys, fd: number, text: string): void {
  try {
    const bytes = sys.encodeUtf8(text);
    let offset = 0;
    do offset += sys.write(fd, bytes.subarray(offset));
    while (offset < bytes.length);
  } finally {
    sys.close(fd);
  }
}

/** Makes a folder and the folders above it; nothing happens when it is there. */
export function makeFolder(sys: Sys, path: string, mode: number): void {
  try {
    sys.mkdirat(AT_FDCWD, path, mode);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return;
    const slash = path.lastIndexOf('/');
    if (errno !== 'ENOENT' || slash <= 0) throw error;
    makeFolder(sys, path.slice(0, slash), mode);
    sys.mkdirat(AT_FDCWD, path, mode);
  }
}

/** Whether there is something at the path, seen through symbolic links. */
export function isPresent(sys: Sys, path: string): boolean {
  try {
    sys.faccessat2(AT_FDCWD, path, 0, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Names in a folder, unsorted; none when it does not exist. */
export function listFolder(sys: Sys, path: string): string[] {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    return sys.readdir(fd).map((entry) => entry.name);
  } finally {
    sys.close(fd);
  }
}
