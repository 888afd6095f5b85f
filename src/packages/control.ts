// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** One stanza of Debian's control format (deb822(5)): field name -> value, continuation lines joined by newlines. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads the control format of package metadata, apt's sources and release files. Field names are lower-cased, since they
 * compare without case; comment lines are dropped; a continuation line keeps its text without the leading blank.
 */
export function parseStanzas(text: string): readonly Stanza[] {
  const stanzas: Map<string, string>[] = [];
  let stanza = new Map<string, string>();
  let field: string | undefined;
  for (const line of `${text}\n\n`.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      if (stanza.size > 0) stanzas.push(stanza);
      stanza = new Map();
      field = undefined;
      continue;
    }
    if (/^[ \t]/.test(line)) {
      if (field !== undefined) stanza.set(field, `${stanza.get(field)}\n${line.slice(1)}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    field = line.slice(0, colon).toLowerCase();
    stanza.set(field, line.slice(colon + 1).trim());
  }
  return stanzas;
}

/**
 * Package names in a relationship field such as Depends (Debian Policy 7.1): groups of alternatives, without versions,
 * architecture qualifiers and restrictions.
 */
export function relationNames(field: string | undefined): readonly (readonly string[])[] {
  if (field === undefined || field.trim() === '') return [];
  return field
    .split(',')
    .map((group) => group.split('|').map((alternative) => alternative.trim().replace(/[\s:([<].*$/s, '')))
    .map((group) => group.filter((name) => name !== ''))
    .filter((group) => group.length > 0);
}
