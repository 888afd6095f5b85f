// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Finds lines and columns of offsets up to a last one; a line ends with LF, a CR before it is not part of it. */
export class LineIndex {
  readonly #source: string;
  /** Starts of lines, and one past the last line's end of line. */
  readonly #starts: number[] = [0];

  /** Lines after the one with `last` are not looked at: they may be millions. */
  constructor(source: string, last: number) {
    this.#source = source;
    let at = source.indexOf('\n');
    for (; at !== -1 && at <= last; at = source.indexOf('\n', at + 1)) this.#starts.push(at + 1);
    this.#starts.push((at === -1 ? source.length : at) + 1);
  }

  /** Both counted from 1; the column in code points. */
  position(offset: number): { line: number; column: number; lineStart: number } {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const lineStart = this.#starts[low] ?? 0;
    return { line: low + 1, column: width(this.#source.slice(lineStart, offset)) + 1, lineStart };
  }

  text(line: number): string {
    const start = this.#starts[line - 1] ?? 0;
    const next = this.#starts[line] ?? start;
    return this.#source.slice(start, next - 1).replace(/\r$/, '');
  }
}

/** Columns of a terminal, near enough: one a code point. */
export function width(text: string): number {
  return Array.from(text).length;
}
