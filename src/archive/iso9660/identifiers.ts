// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../../file-tree.ts';

/** An entry of a directory that needs a name. */
export interface Named {
  readonly name: Bytes;
  readonly isDirectory: boolean;
}

/** With the version of a file: level 2 of ECMA-119 (10.2) allows 30 characters before it, and 31 for a directory. */
const stemLength = 22;
const extensionLength = 7;

/**
 * The identifiers of a directory's entries: capital letters, digits and `_`, each different, whatever the names are that Rock Ridge
 * has beside them. The result is in the order that ECMA-119 9.3 asks of the records.
 */
export function identify<Entry extends Named>(
  entries: readonly Entry[],
): readonly { readonly entry: Entry; readonly identifier: string }[] {
  const taken = new Set<string>();
  const counters = new Map<string, number>();
  return entries
    .map((entry) => {
      const { stem, extension } = partsOf(entry);
      let chosen = stem;
      let count = counters.get(`${stem}.${extension}`) ?? 0;
      while (taken.has(`${chosen}.${extension}`)) {
        const digits = String(count++);
        chosen = `${stem.slice(0, stemLength - digits.length)}${digits}`;
      }
      counters.set(`${stem}.${extension}`, count);
      taken.add(`${chosen}.${extension}`);
      return { entry, stem: chosen, extension };
    })
    .sort((a, b) => compare(a.stem, b.stem) || compare(a.extension, b.extension))
    .map(({ entry, stem, extension }) => ({
      entry,
      identifier: entry.isDirectory ? stem : `${stem}.${extension};1`,
    }));
}

function partsOf({ name, isDirectory }: Named): { readonly stem: string; readonly extension: string } {
  const dot = isDirectory ? -1 : name.lastIndexOf('.');
  const [stem, extension] = dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
  return { stem: dCharacters(stem, stemLength) || '_', extension: dCharacters(extension, extensionLength) };
}

function dCharacters(text: string, length: number): string {
  return text
    .slice(0, length)
    .replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
    .replaceAll(/[^A-Z0-9]/g, '_');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
