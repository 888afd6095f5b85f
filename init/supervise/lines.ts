// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';

const newline = 10;

/** Cuts a stream of bytes at the ends of lines. */
export interface LineBuffer {
  add(bytes: Uint8Array): void;
  /** Forgets a line that has begun. */
  clear(): void;
  /** Gives out a last line that no newline ended. */
  end(): void;
}

/**
 * `onLines` gets whole lines as text, as many as came at once, without the last newline. A line of more than `longest` bytes
 * comes in parts.
 */
export function createLineBuffer(sys: Sys, longest: number, onLines: (text: string) => void): LineBuffer {
  // Most programs write whole lines: it is made when it is needed.
  let held = new Uint8Array(0);
  let length = 0;

  function giveHeld(rest: Uint8Array): void {
    const whole = new Uint8Array(length + rest.length);
    whole.set(held.subarray(0, length));
    whole.set(rest, length);
    length = 0;
    onLines(sys.decodeUtf8(whole));
  }

  return {
    add(bytes) {
      const last = bytes.lastIndexOf(newline);
      if (last >= 0) giveHeld(bytes.subarray(0, last));
      let begun = bytes.subarray(last + 1);
      if (begun.length > 0 && held.length === 0) held = new Uint8Array(longest);
      while (length + begun.length > longest) {
        const part = begun.subarray(0, longest - length);
        giveHeld(part);
        begun = begun.subarray(part.length);
      }
      held.set(begun, length);
      length += begun.length;
    },
    clear() {
      length = 0;
    },
    end() {
      if (length > 0) giveHeld(held.subarray(0, 0));
    },
  };
}
