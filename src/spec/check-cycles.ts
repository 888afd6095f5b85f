// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findCycles } from './cycles.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, type Path, type Span } from './document.ts';
import type { FormatPlace } from './unique-names.ts';

/** An onboot entry or a service. */
export interface OrderedEntry {
  readonly node: DocumentNode;
  readonly isService: boolean;
  readonly name: string;
}

/** What an entry waits for: what it names, or LinuxKit's order. */
export interface Waits {
  readonly targets: readonly { readonly on: number; readonly at: Span; readonly path: Path }[];
  readonly byDefault: boolean;
}

/**
 * Cycles among `entries`, onboot before services, each drawn as a mistake; `waits` are what each of these waits for.
 */
export function checkCycles(
  entries: readonly OrderedEntry[],
  waits: readonly Waits[],
  placeOf: FormatPlace,
): readonly Diagnostic[] {
  // The end of onboot is a node too: with hundreds of entries there are no edges from each to each.
  const barrier = entries.length;
  const onboot = entries.flatMap(({ isService }, index) => (isService ? [] : [index]));
  const edgesOf = (index: number): readonly number[] => {
    if (index === barrier) return onboot;
    const { targets, byDefault } = waits[index] ?? { targets: [], byDefault: false };
    if (!byDefault) return targets.map(({ on }) => on);
    if (entries[index]?.isService === true) return [barrier];
    return index === 0 ? [] : [index - 1];
  };
  return findCycles(entries.length + 1, edgesOf).flatMap((nodes) => {
    const members = nodes.filter((node) => node !== barrier);
    const steps = members.map((from, index) => {
      const to = members[(index + 1) % members.length] ?? from;
      return stepOf(from, to, entries, waits, index === 0, placeOf);
    });
    const written = steps.find(({ target }) => target !== undefined)?.target;
    if (written === undefined) return [];
    const names = members.map((index) => entries[index]?.name ?? '');
    const drawn = [...shortened(names), names[0]].join(' -> ');
    const words = shortened(steps.map((step) => step.words)).join(', ');
    const message = `expected an order without a cycle, found ${drawn}: ${words}`;
    return [diagnostic(written.at, written.path, message)];
  });
}

/** A long cycle is not read to its end. */
function shortened(words: readonly string[]): readonly string[] {
  const most = 10;
  return words.length <= most ? words : [...words.slice(0, most - 1), `… ${words.length - most + 1} more`];
}

/** One edge of a cycle in words, and where it is written; what follows from the default order is written nowhere. */
function stepOf(
  from: number,
  to: number,
  entries: readonly OrderedEntry[],
  waits: readonly Waits[],
  isFirst: boolean,
  placeOf: FormatPlace,
): { readonly words: string; readonly target: Waits['targets'][number] | undefined } {
  const [entry, other] = [entries[from], entries[to]];
  const target = waits[from]?.targets.find(({ on }) => on === to);
  const start = `${entry?.name ?? ''} ${isFirst ? 'waits ' : ''}for`;
  if (target !== undefined) return { words: `${start} ${other?.name ?? ''} at ${placeOf(target.at)}`, target };
  const what = entry?.isService === true ? 'all onboot entries' : `${other?.name ?? ''}, the entry before it`;
  const place = entry === undefined ? '' : placeOf(child(entry.node, 'name') ?? entry.node);
  return { words: `${start} ${what}, having no depends_on, at ${place}`, target };
}
