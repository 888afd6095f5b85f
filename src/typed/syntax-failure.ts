// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Failure } from './message.ts';
import type { UnreadableModule } from './module-hooks.ts';

/** Why Node could not take the types out of a file, in words for the user. */
export function syntaxFailure({ file, source, error }: UnreadableModule): Failure {
  const drawing = drawingOf(error instanceof Error ? error : new Error(String(error)));
  const place =
    drawing.line === undefined
      ? undefined
      : { file, line: drawing.line, column: columnOf(source, drawing.line, drawing.cells) };
  const hint = hints[(error as { readonly code?: string }).code ?? ''];
  return {
    message: `SyntaxError: ${drawing.message}`,
    places: place === undefined ? [] : [place],
    ...(hint !== undefined && { hint }),
  };
}

const hints: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'types are taken out of the spec and nothing is compiled: enums, namespaces and parameter properties do not work',
  ERR_NO_TYPESCRIPT:
    'this Node.js was built without TypeScript: write the spec as .mjs, or use the Node.js of nodejs.org',
};

interface Drawing {
  readonly message: string;
  readonly line?: number;
  /** Columns of a terminal before the place. */
  readonly cells: number;
}

/**
 * Node's reader draws where the text is wrong instead of saying it: since Node 24 before the stack (":2\nconst y = ;\n
 * ^"), earlier in the message (" 2 | const y = ;\n   :           ^").
 */
function drawingOf({ message, stack = '' }: Error): Drawing {
  const framed = / *x (.*)\n[^]*?\n *(\d+) \| .*\n *: ( *)\^/.exec(message);
  if (framed !== null) return { message: framed[1] ?? '', line: Number(framed[2]), cells: framed[3]?.length ?? 0 };
  const [, line, lines] = /^.*:(\d+)\n([^]*?)\n\n/.exec(stack) ?? [];
  const carets = lines?.split('\n').find((text) => /^ *\^+ *$/.test(text));
  return { message, cells: carets?.indexOf('^') ?? 0, ...(line !== undefined && { line: Number(line) }) };
}

/** The column, in UTF-16 units from 1, of what a terminal shows after so many cells, tabs being four. */
function columnOf(source: string, line: number, cells: number): number {
  let shown = 0;
  let column = 1;
  for (const character of source.split('\n')[line - 1] ?? '') {
    if (shown >= cells) break;
    shown += cellsOf(character);
    column += character.length;
  }
  return column;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

function cellsOf(character: string): number {
  if (character === '\t') return 4;
  if (/\p{Mn}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
