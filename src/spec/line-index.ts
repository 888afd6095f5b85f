// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Finds lines and columns of offsets; a line ends with LF, a CR before it is not part of it. */
export class LineIndex {
  readonly #source: string;
  /** Starts of the lines up to the last one that was asked for: there may be millions. */
  readonly #starts: number[] = [0];
  #isComplete = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** Both counted from 1; the column in code points. */
  position(offset: number): { line: number; column: number; lineStart: number } {
    this.#reach(offset);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const lineStart = this.#starts[low] ?? 0;
    return { line: low + 1, column: width(this.#source.slice(lineStart, offset)) + 1, lineStart };
  }

  /** The text of the line that starts at an offset. */
  text(lineStart: number): string {
    const end = this.#source.indexOf('\n', lineStart);
    return this.#source.slice(lineStart, end === -1 ? undefined : end).replace(/\r$/, '');
  }

  #reach(offset: number): void {
    for (let last = this.#starts.at(-1) ?? 0; !this.#isComplete && last <= offset; ) {
      const at = this.#source.indexOf('\n', last);
      this.#isComplete = at === -1;
      if (at !== -1) this.#starts.push((last = at + 1));
    }
  }
}

/** Columns of a terminal, near enough: one a code point. */
export function width(text: string): number {
  return Array.from(text).length;
}
