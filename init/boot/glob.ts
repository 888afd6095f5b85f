// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * fnmatch(3) without flags, from a place in the pattern and in the text on: `*`, `?` and `[...]` with ranges and `!`. Module
 * aliases use no escapes.
 */
export function matchGlob(pattern: string, text: string, textStart = 0): boolean {
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
