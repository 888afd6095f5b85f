// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Steps over TypeScript without parsing it: enough to know where an expression ends.

/** The first offset from `at` that is neither space nor in a comment. */
export function skipBlank(source: string, at: number): number {
  const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
  blank.lastIndex = at;
  return at + (blank.exec(source)?.[0].length ?? 0);
}

/** A string literal at `at`: what it says, as far as messages need it, and its end. */
export function stringAt(source: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const quote = source[at];
  if (quote !== '"' && quote !== "'") return undefined;
  const end = endOfString(source, at);
  return { text: source.slice(at + 1, end - 1).replaceAll(/\\(.)/g, '$1'), end };
}

/** An identifier at `at`. */
export function wordAt(source: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
  word.lastIndex = at;
  const text = word.exec(source)?.[0];
  return text === undefined ? undefined : { text, end: at + text.length };
}

/** Where the expression at `start` ends: at the comma, colon, semicolon or closing bracket after it. */
export function endOfValue(source: string, start: number): number {
  let depth = 0;
  let questions = 0;
  /** Whether a slash would begin a regular expression rather than divide. */
  let fresh = true;
  for (let at = start; at < source.length; ) {
    const character = source[at] ?? '';
    const blank = skipBlank(source, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    if (depth === 0 && /[,;)\]}]/.test(character)) return at;
    if (depth === 0 && character === ':') {
      if (questions === 0) return at;
      questions -= 1;
    }
    if (depth === 0 && character === '?' && !/[?.]/.test(source[at + 1] ?? '') && source[at - 1] !== '?')
      questions += 1;
    if (/[([{]/.test(character)) depth += 1;
    if (/[)\]}]/.test(character)) depth -= 1;
    const next = endOfToken(source, at, character, fresh);
    fresh = next === at + 1 ? !/[\w$)\]}]/.test(character) : false;
    at = next;
  }
  return source.length;
}

function endOfToken(source: string, at: number, character: string, fresh: boolean): number {
  if (character === '"' || character === "'") return endOfString(source, at);
  if (character === '`') return endOfTemplate(source, at);
  if (character === '/' && fresh) return endOfPattern(source, at);
  return at + 1;
}

function endOfString(source: string, at: number): number {
  const literal = /(["'])(?:\\[^]|(?!\1)[^\\\n])*\1?/y;
  literal.lastIndex = at;
  return at + (literal.exec(source)?.[0].length ?? 1);
}

function endOfPattern(source: string, at: number): number {
  const pattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/\w*/y;
  pattern.lastIndex = at;
  return at + (pattern.exec(source)?.[0].length ?? 1);
}

function endOfTemplate(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== '`') {
    if (source[at] === '\\') at += 2;
    else if (source.startsWith('${', at)) at = endOfHole(source, at + 2);
    else at += 1;
  }
  return Math.min(at + 1, source.length);
}

/** Behind the bracket that closes the expression of a template. */
function endOfHole(source: string, start: number): number {
  let at = endOfValue(source, start);
  while (at < source.length && source[at] !== '}') at = endOfValue(source, at + 1);
  return at + 1;
}
