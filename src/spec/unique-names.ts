// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, type Path, quote, type Span, text } from './document.ts';

/** Where something is, for messages about something else: "os.yml:3:5". */
export type FormatPlace = (span: Span) => string;

/** Entries of the list at `path` whose names tell them apart: the second of two with one name is a mistake. */
export function uniqueNames(entries: readonly DocumentNode[], path: Path, placeOf: FormatPlace): readonly Diagnostic[] {
  const first = new Map<string, DocumentNode>();
  return entries.flatMap((entry, index) => {
    const node = child(entry, 'name');
    const name = text(node);
    if (node === undefined || name === undefined) return [];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, node);
      return [];
    }
    const message = `expected a name of its own, found ${quote(name)} as at ${placeOf(earlier)}`;
    return [diagnostic(node, [...path, index, 'name'], message)];
  });
}
