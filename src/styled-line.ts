// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { printableLine } from './printable.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A part of a line: plain text, or text with a style. */
export type Span = string | { readonly text: string; readonly style: Style };

/** One line of what a command shows to a reader. */
export type Line = readonly Span[];

/** ECMA-48, SGR. */
const codes: Readonly<Record<Style, string>> = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' };

/** The line as text; what strangers named is made harmless, and only our own styles become escapes. */
export function renderLine(line: Line, color: boolean): string {
  return line
    .map((span) => {
      if (typeof span === 'string') return printableLine(span);
      const text = printableLine(span.text);
      return color && text !== '' ? `\u001b[${codes[span.style]}m${text}\u001b[0m` : text;
    })
    .join('')
    .trimEnd();
}

export function bold(text: string): Span {
  return { text, style: 'bold' };
}

export function dim(text: string): Span {
  return { text, style: 'dim' };
}

/** Words in lines of at most `width` characters, each but the first indented by `indent` spaces. */
export function wrapWords(words: readonly string[], width: number, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((text, index) => (index === 0 ? text : `${' '.repeat(indent)}${text}`));
}
