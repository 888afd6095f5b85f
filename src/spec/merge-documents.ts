// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DocumentNode, MapEntry, MapNode, Path } from './document.ts';

/** Documents as one. */
export interface Merged {
  readonly root: DocumentNode;
  /** The path, in its own document, of what is at a path of the merged one. */
  ownPath(path: Path): Path;
}

/** Maps of which later files override keys. */
const mergedByKey: ReadonlySet<string> = new Set(['kernel', 'root', 'secrets', 'watchdog', 'secureboot', 'disk']);

/** Keys of `kernel` that LinuxKit takes for not given when they are empty; an empty `tar` or `ucode` means none. */
const unsetWhenEmpty: ReadonlySet<string> = new Set(['image', 'cmdline', 'binary']);

/**
 * Merges the documents of several files as LinuxKit does (moby/config.go, AppendConfig): lists of a later file are appended to
 * those of earlier ones, keys of a later `kernel` override, and so do those of `root`, `secrets`, `watchdog` and `secureboot`; a `root` that is a
 * text replaces an earlier one, and is replaced. What no schema accepts anyway is taken from the first that has it.
 */
export function mergeDocuments(roots: readonly DocumentNode[]): Merged {
  const [first] = roots;
  if (first === undefined) throw new RangeError('no document to merge');
  const maps = roots.filter((root): root is MapNode => root.kind === 'map');
  if (roots.length === 1 || maps.length === 0) return { root: first, ownPath: (path) => path };
  const entries = new Map<string, MapEntry>();
  /** By section: how many entries each document added. */
  const counts = new Map<string, number[]>();
  for (const map of maps) {
    for (const [key, entry] of map.entries) {
      const before = entries.get(key);
      if (entry.value.kind === 'list') counts.set(key, [...(counts.get(key) ?? []), entry.value.items.length]);
      entries.set(key, before === undefined || isNothing(before.value) ? entry : mergeEntries(key, before, entry));
    }
  }
  const root: MapNode = { kind: 'map', entries, start: first.start, end: first.end };
  return { root, ownPath: (path) => ownPath(path, counts) };
}

function isNothing(node: DocumentNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function mergeEntries(key: string, before: MapEntry, after: MapEntry): MapEntry {
  const [one, two] = [before.value, after.value];
  if (one.kind === 'list' && two.kind === 'list')
    return { ...before, value: { ...one, items: [...one.items, ...two.items] } };
  if (key === 'root' && !isNothing(two) && (one.kind !== 'map' || two.kind !== 'map')) return after;
  if (!mergedByKey.has(key) || one.kind !== 'map' || two.kind !== 'map') return before;
  const given = [...two.entries].filter(([name, { value }]) => !(unsetWhenEmpty.has(name) && isEmptyText(value)));
  return { ...before, value: { ...one, entries: new Map([...one.entries, ...given]) } };
}

function isEmptyText(node: DocumentNode): boolean {
  return node.kind === 'scalar' && node.value === '';
}

function ownPath([section, index, ...rest]: Path, counts: ReadonlyMap<string, readonly number[]>): Path {
  if (section === undefined) return [];
  if (typeof index !== 'number') return index === undefined ? [section] : [section, index, ...rest];
  let own = index;
  for (const count of counts.get(String(section)) ?? []) {
    if (own < count) break;
    own -= count;
  }
  return [section, own, ...rest];
}
