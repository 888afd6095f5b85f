// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { compileFunction } from 'node:vm';
import type { CodePlace } from './message.ts';

/**
 * Where V8 stumbles over a module's text. Its error for a module has no place that a program can read, the one for a script
 * has: so what only modules may have is replaced by something as long.
 */
export function compilePlace(file: string, source: string): CodePlace | undefined {
  const script = source
    .replaceAll(/^[ \t]*import\b[^;'"]*(?:from\s*)?(['"])[^'"\n]*\1/gm, blank)
    .replaceAll(/^[ \t]*export\s*(?:\{[^}]*\}|\*)[^\n;]*/gm, blank)
    .replaceAll(/^([ \t]*)export\s+default\b/gm, (text) => 'void'.padStart(text.length))
    .replaceAll(/^([ \t]*)export\b/gm, blank);
  try {
    // The first line is ours.
    compileFunction(`(async () => { 'use strict';\n${script}\n})`, [], { filename: file, lineOffset: -1 });
    return undefined;
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const [, row, carets] = /^.*:(\d+)\n.*\n( *)\^+\n/.exec(stack) ?? [];
    return row === undefined ? undefined : { file, line: Number(row), column: (carets?.length ?? 0) + 1 };
  }
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
