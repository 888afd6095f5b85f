// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { LineIndex } from './line-index.ts';

/** Where something is written; line and column are counted from 1, the column in code points. */
export interface Place {
  /** The file as the user named it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `file:line:column`, as messages have it. */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

interface Part {
  readonly file: string;
  readonly start: number;
  readonly lines: LineIndex;
}

/**
 * The texts that one spec is read from, as if they stood one after the other: an offset says which text is meant and where in it.
 */
export class Texts {
  readonly #parts: Part[] = [];
  #end = 0;

  /** Adds a text and returns where it starts. */
  add(file: string, text: string): number {
    const start = this.#end;
    this.#parts.push({ file, start, lines: new LineIndex(text) });
    // One more, so that the place after a text's last character is still its own.
    this.#end += text.length + 1;
    return start;
  }

  place(offset: number): Place {
    const { file, start, lines } = this.#partAt(offset);
    const { line, column } = lines.position(offset - start);
    return { file, line, column };
  }

  /** Of the place; without looking for the line. */
  file(offset: number): string {
    return this.#partAt(offset).file;
  }

  /** The line that an offset is in, and the offset of its start. */
  lineAt(offset: number): { readonly text: string; readonly start: number } {
    const { start, lines } = this.#partAt(offset);
    const { lineStart } = lines.position(offset - start);
    return { text: lines.text(lineStart), start: start + lineStart };
  }

  #partAt(offset: number): Part {
    const part = this.#parts.findLast(({ start }) => start <= offset) ?? this.#parts[0];
    if (part === undefined) throw new RangeError(`no text has the offset ${offset}`);
    return part;
  }
}
