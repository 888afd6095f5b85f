// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  S_IFMT,
  S_IFREG,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Budget } from './budget.ts';
import { quietly } from './quietly.ts';
import { newline, type Piece, type Store } from './store.ts';

/** A container that has /var may put a link to a file of ours in a log's place, or a pipe that nobody reads. */
const cautious = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

/** So much is left for the rest of a line, so that it need not go on in the next file. */
const longestKept = 4096;

/** A single log takes no more of what all may take: with older files beside it, it must not have to be dropped as a whole. */
const shareOfOne = 1 / 4;

/**
 * Keeps a log in a file at `path`. One that would grow beyond `maxSize` becomes PATH.1, that PATH.2 and so on, up to `maxFiles`
 * in all. Each begins with a line. What was there before is part of the log.
 */
export function createLogFile(
  sys: Sys,
  budget: Budget,
  path: string,
  { maxSize, maxFiles }: { readonly maxSize: number; readonly maxFiles: number },
): Store {
  let fd: number | undefined;
  /** By age, the one that is written first. */
  const sizes: number[] = [];
  for (let size = sizeOf(0); sizes.length < maxFiles && size !== undefined; size = sizeOf(sizes.length))
    sizes.push(size);
  if (sizes.length === 0) sizes.push(0);
  let end = kept();
  budget.join({ size: kept, dropOldest });

  function nameOf(age: number): string {
    return age === 0 ? path : `${path}.${age}`;
  }

  function sizeOf(age: number): number | undefined {
    return quietly(() => sys.statx(AT_FDCWD, nameOf(age), 0).size);
  }

  function kept(): number {
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  function open(): number {
    quietly(removeStranger);
    const opened = sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | cautious, 0o640);
    // A container that has /var may have written or removed it.
    const { size } = sys.statx(opened, '', AT_EMPTY_PATH);
    end += size - (sizes[0] ?? 0);
    sizes[0] = size;
    quietly(() => budget.measure());
    return opened;
  }

  function removeStranger(): void {
    const { mode } = sys.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if ((mode & S_IFMT) !== S_IFREG) sys.unlinkat(AT_FDCWD, path, 0);
  }

  function close(): void {
    if (fd !== undefined) sys.close(fd);
    fd = undefined;
  }

  function rotate(): void {
    close();
    if (sizes.length === maxFiles) dropOldest();
    if (maxFiles === 1) return;
    for (let age = sizes.length - 1; age >= 0; age -= 1)
      quietly(() => sys.renameat2(AT_FDCWD, nameOf(age), AT_FDCWD, nameOf(age + 1), 0));
    sizes.unshift(0);
  }

  function dropOldest(): void {
    const age = sizes.length - 1;
    if (age === 0) close();
    quietly(() => sys.unlinkat(AT_FDCWD, nameOf(age), 0));
    if (age === 0) sizes[0] = 0;
    else sizes.pop();
  }

  function write(bytes: Uint8Array): void {
    budget.makeRoom(bytes.length);
    fd ??= open();
    for (let rest = bytes; rest.length > 0; ) {
      const count = sys.write(fd, rest);
      rest = rest.subarray(count);
      sizes[0] = (sizes[0] ?? 0) + count;
      end += count;
    }
  }

  function append(bytes: Uint8Array): void {
    fd ??= open();
    const most = Math.min(maxSize, budget.limit() * shareOfOne);
    const room = most - (sizes[0] ?? 0);
    const left = bytes.at(-1) === newline ? 0 : Math.min(longestKept, most / 8);
    if (bytes.length <= room - left) return write(bytes);
    const fitting = room > 0 ? bytes.lastIndexOf(newline, room - 1) + 1 : 0;
    if (fitting > 0) write(bytes.subarray(0, fitting));
    rotate();
    write(bytes.subarray(fitting));
  }

  function read(offset: number, most: number): Piece {
    let start = end - kept();
    let from = Math.max(offset, start);
    for (let age = sizes.length - 1; age >= 0; age -= 1) {
      const next = start + (sizes[age] ?? 0);
      if (from < next) {
        const bytes = readFrom(nameOf(age), from - start, Math.min(most, next - from));
        if (bytes.length > 0) return { bytes, next: from + bytes.length };
        // Somebody cut it off or removed it.
        from = next;
      }
      start = next;
    }
    return { bytes: new Uint8Array(0), next: end };
  }

  function readFrom(name: string, offset: number, most: number): Uint8Array {
    const buffer = new Uint8Array(most);
    const count = quietly(() => {
      const file = sys.openat(AT_FDCWD, name, O_RDONLY | cautious, 0);
      try {
        return sys.pread(file, buffer, offset);
      } finally {
        sys.close(file);
      }
    });
    return buffer.subarray(0, count ?? 0);
  }

  return { place: path, end: () => end, append, read, close };
}
