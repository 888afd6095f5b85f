// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A pattern of fnmatch(3) without flags, taken apart: most aliases have stars only, which plain searches are enough for. */
export interface Glob {
  readonly pattern: string;
  /** The literal parts between the stars; undefined when the pattern has a `?` or `[`. */
  readonly parts: readonly string[] | undefined;
}

export function compileGlob(pattern: string): Glob {
  const simple = !pattern.includes('?') && !pattern.includes('[');
  return { pattern, parts: simple ? pattern.split('*') : undefined };
}

/** Whether the glob matches the text from `start` to its end. */
export function matchGlob({ pattern, parts }: Glob, text: string, start = 0): boolean {
  return parts === undefined ? matchElements(pattern, text, start) : matchParts(parts, text, start);
}

function matchParts(parts: readonly string[], text: string, start: number): boolean {
  const first = parts[0] ?? '';
  if (!text.startsWith(first, start)) return false;
  let at = start + first.length;
  if (parts.length === 1) return at === text.length;
  for (let i = 1; i < parts.length - 1; i += 1) {
    const part = parts[i] ?? '';
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts[parts.length - 1] ?? '';
  return text.length - last.length >= at && text.endsWith(last);
}

/** `*`, `?` and `[...]` with ranges and `!`. Module aliases use no escapes. */
function matchElements(pattern: string, text: string, textStart: number): boolean {
  let p = 0;
  let t = textStart;
  // Where to go on when what follows the last `*` does not match: let the star take one character more.
  let starP = -1;
  let starT = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      starP = ++p;
      if (p === pattern.length) return true;
      starT = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t] ?? '') : -1;
    if (next >= 0) {
      p = next;
      t += 1;
    } else if (starP >= 0) {
      p = starP;
      t = ++starT;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Index after the pattern's element at `p` when it matches the character, else -1. */
function matchOne(pattern: string, p: number, character: string): number {
  const element = pattern[p];
  if (element === '?') return p + 1;
  if (element !== '[') return element === character ? p + 1 : -1;
  const negated = pattern[p + 1] === '!';
  let i = negated ? p + 2 : p + 1;
  let found = false;
  // A ] that comes first stands for itself.
  for (let first = true; first || pattern[i] !== ']'; first = false) {
    const low = pattern[i];
    if (low === undefined) return -1;
    const isRange = pattern[i + 1] === '-' && pattern[i + 2] !== ']' && pattern[i + 2] !== undefined;
    const high = isRange ? (pattern[i + 2] ?? low) : low;
    if (character >= low && character <= high) found = true;
    i += isRange ? 3 : 1;
  }
  return found === negated ? -1 : i + 1;
}
