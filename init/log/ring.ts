// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { SEEK_SET } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { newline, type Piece, type Store } from './store.ts';

/** Bytes among which the first whole line of a full ring is looked for. */
const searched = 4096;

/**
 * Keeps the last `size` bytes. They lie in a file without a name, not among what PID 1 itself may use, and take memory as they
 * come.
 */
export function createRing(sys: Sys, place: string, size: number): Store {
  let file: number | undefined;
  let end = 0;

  function put(bytes: Uint8Array): void {
    file ??= sys.memfdCreate('log', 0);
    for (let rest = bytes; rest.length > 0; ) {
      const at = end % size;
      sys.lseek(file, at, SEEK_SET);
      const count = sys.write(file, rest.subarray(0, size - at));
      end += count;
      rest = rest.subarray(count);
    }
  }

  function get(offset: number, most: number): Uint8Array {
    const at = offset % size;
    const buffer = new Uint8Array(Math.min(most, end - offset, size - at));
    return file === undefined ? buffer : buffer.subarray(0, sys.pread(file, buffer, at));
  }

  /** Where the first line begins of which nothing is overwritten. */
  function firstLine(begin: number): number {
    for (let at = begin; at < end && at < begin + searched; ) {
      const bytes = get(at, searched);
      const found = bytes.indexOf(newline);
      if (found >= 0) return at + found + 1;
      at += bytes.length;
    }
    return begin;
  }

  function read(offset: number, most: number): Piece {
    const begin = Math.max(0, end - size);
    const from = Math.min(offset < begin ? firstLine(begin) : offset, end);
    const bytes = get(from, most);
    return { bytes, next: from + bytes.length };
  }

  return { place, end: () => end, append: put, read, close: () => undefined };
}
