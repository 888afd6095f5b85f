// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';

const newline = 10;

/** Cuts a stream of bytes into lines. */
export interface LineSplitter {
  add(bytes: Uint8Array): void;
  /** Gives out a last line that no newline ended. */
  end(): void;
}

/** `onLine` gets each line as text without its newline; one of more than `longest` bytes comes in several parts. */
export function createLineSplitter(sys: Sys, longest: number, onLine: (line: string) => void): LineSplitter {
  const held = new Uint8Array(longest);
  let length = 0;

  function give(): void {
    const end = held[length - 1] === 13 ? length - 1 : length;
    onLine(sys.decodeUtf8(held.subarray(0, end)));
    length = 0;
  }

  return {
    add(bytes) {
      let start = 0;
      while (start < bytes.length) {
        const found = bytes.indexOf(newline, start);
        const end = Math.min(found < 0 ? bytes.length : found, start + longest - length);
        held.set(bytes.subarray(start, end), length);
        length += end - start;
        start = end;
        if (end === found) {
          give();
          start += 1;
        } else if (length === longest) {
          give();
        }
      }
    },
    end() {
      if (length > 0) give();
    },
  };
}
