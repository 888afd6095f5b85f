// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, formatPath, type Path, quote, text } from './document.ts';

/** Entries of the list at `path` whose names tell them apart: the second of two with one name is a mistake. */
export function uniqueNames(entries: readonly DocumentNode[], path: Path): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index) => {
    const node = child(entry, 'name');
    const name = text(node);
    const earlier = name === undefined ? undefined : first.get(name);
    if (node === undefined || name === undefined) return [];
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const message = `expected a name of its own, found ${quote(name)} as in ${formatPath([...path, earlier])}`;
    return [diagnostic(node, [...path, index, 'name'], message)];
  });
}
