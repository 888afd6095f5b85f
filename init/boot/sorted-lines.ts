// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';

const newline = 10;

/** Lines that are sorted bytewise, each with its key before the first tab. */
export interface Lines {
  /** The line with this key, without its newline. */
  find(key: string): string | undefined;
}

/** Binary search in ASCII text that is neither decoded nor taken apart as a whole. */
export function openLines(sys: Sys, bytes: Uint8Array): Lines {
  /** Where the line that the byte at `index` belongs to starts. */
  function startOfLine(index: number): number {
    return index === 0 ? 0 : bytes.lastIndexOf(newline, index - 1) + 1;
  }

  return {
    find(key) {
      let low = 0;
      let high = bytes.length;
      while (low < high) {
        const start = startOfLine((low + high) >> 1);
        const found = bytes.indexOf(newline, start);
        const end = found < 0 ? bytes.length : found;
        const line = sys.decodeUtf8(bytes.subarray(start, end));
        const tab = line.indexOf('\t');
        const field = tab < 0 ? line : line.slice(0, tab);
        if (field === key) return line;
        if (field < key) {
          low = end + 1;
        } else {
          high = start;
        }
      }
      return undefined;
    },
  };
}
