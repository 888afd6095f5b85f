// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Compares two versions as dpkg does (Debian Policy 5.6.12; deb-version(7)): epoch, upstream version, Debian revision; below 0 when the
 * first is the older one.
 */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [split(a), split(b)];
  return one.epoch - two.epoch || compareParts(one.upstream, two.upstream) || compareParts(one.revision, two.revision);
}

function split(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  return {
    epoch: Number(epoch),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Alternately what is no digits, by the order of its characters, and digits, by their number. */
function compareParts(a: string, b: string): number {
  const [one, two] = [pieces(a), pieces(b)];
  for (let index = 0; index < Math.max(one.length, two.length); index += 1) {
    const [left, right] = [one[index] ?? '', two[index] ?? ''];
    const difference = index % 2 === 0 ? compareTexts(left, right) : compareNumbers(left, right);
    if (difference !== 0) return difference;
  }
  return 0;
}

function pieces(text: string): readonly string[] {
  return [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, letters = '', digits = '']) => [letters, digits]);
}

function compareTexts(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = rank(a[at]) - rank(b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A tilde comes before the end, letters before all other characters. */
function rank(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

function compareNumbers(a: string, b: string): number {
  const [one, two] = [a, b].map((digits) => digits.replace(/^0+/, ''));
  const [left = '', right = ''] = [one, two];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
