// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * The word of `known` that `found` was most likely meant to be: the same but for case, separators and a slip or two, else the
 * shortest that it is the start of ("CAP_NET_BIND"), else one with at most a third of its letters (at least one) mistyped.
 * Of several that are as near the one whose case fits better. Undefined when nothing is near.
 */
export function nearestKey(found: string, known: readonly string[]): string | undefined {
  const folded = fold(found);
  if (folded === '' || found.length > 64) return undefined;
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    const target = fold(word);
    const allowed = Math.max(1, Math.floor(Math.max(target.length, folded.length) / 3));
    const distance = editDistance(folded, target);
    if (distance > allowed || distance >= target.length) continue;
    const isNearer =
      best === undefined ||
      distance < best.distance ||
      (distance === best.distance && editDistance(found, word) < editDistance(found, best.word));
    if (isNearer) best = { word, distance };
  }
  if (best !== undefined && best.distance <= slips) return best.word;
  return cutShort(folded, known) ?? best?.word;
}

/** So many letters are a slip of the fingers; more are another word. */
const slips = 2;
/** A start of fewer letters could be of anything. */
const leastStart = 4;

function cutShort(folded: string, known: readonly string[]): string | undefined {
  if (folded.length < leastStart) return undefined;
  const longer = known.filter((word) => fold(word).startsWith(folded));
  return longer.toSorted((a, b) => a.length - b.length)[0];
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[_\s-]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
