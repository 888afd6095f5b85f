// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Located } from './check-volumes.ts';
import { findCycles } from './cycles.ts';
import { hasDefaultOrder } from './default-order.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, type Path, quote, type Span, text } from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { entryNameShape } from './schema-supervision.ts';
import type { FormatPlace } from './unique-names.ts';

/** An onboot entry or a service. */
interface Entry extends Located {
  readonly isService: boolean;
  readonly name: string;
}

/** A name in `depends_on`, and what is said about it. */
interface Wanted {
  readonly name: string;
  readonly at: Span;
  readonly path: Path;
  readonly condition?: DocumentNode | undefined;
  readonly restart?: DocumentNode | undefined;
  readonly required: boolean;
}

/** Mistakes in `depends_on` of onboot entries and services, and cycles among these. */
export function checkDependencies(
  root: DocumentNode,
  containers: readonly Located[],
  placeOf: FormatPlace,
): readonly Diagnostic[] {
  const entries = containers.flatMap((located): readonly Entry[] => {
    const name = text(child(located.node, 'name'));
    if (located.path[0] === 'onshutdown') return [];
    return [{ ...located, isService: located.path[0] === 'services', name: name ?? '' }];
  });
  const atShutdown = items(child(root, 'onshutdown')).flatMap((node) => text(child(node, 'name')) ?? []);
  const found: Diagnostic[] = [];
  const waits = entries.map((entry): Waits => {
    const wanted = wantedBy(entry);
    const targets = (wanted ?? []).map((one) => {
      const target = resolve(entry, one, entries, atShutdown, placeOf);
      if (typeof target === 'object') found.push(target);
      return typeof target === 'number' ? { on: target, at: one.at, path: one.path, wanted: one } : undefined;
    });
    const known = targets.filter((target) => target !== undefined);
    found.push(
      ...repeated(wanted ?? []),
      ...known.flatMap(({ on, wanted }) => impossible(entry, wanted, entries[on], placeOf)),
    );
    return { targets: known, byDefault: hasDefaultOrder(wanted, known) };
  });
  return [...found, ...cycles(entries, waits, placeOf)];
}

function wantedBy({ node, path }: Entry): readonly Wanted[] | undefined {
  const list = child(node, 'depends_on');
  if (list === undefined) return undefined;
  const at = [...path, 'depends_on'];
  const all =
    list.kind === 'map'
      ? Array.from(
          list.entries,
          ([name, { key, value }]): Wanted => ({
            name,
            at: key,
            path: [...at, name],
            condition: child(value, 'condition'),
            restart: child(value, 'restart'),
            required: !isFlag(child(value, 'required'), false),
          }),
        )
      : items(list).map(
          (item, index): Wanted => ({ name: text(item) ?? '', at: item, path: [...at, index], required: true }),
        );
  // Others are not names at all, which the schema says of those in a list.
  return all.filter(({ name }) => list.kind === 'map' || entryNameShape.test(name));
}

function isFlag(node: DocumentNode | undefined, value: boolean): boolean {
  return node?.kind === 'scalar' && node.value === value;
}

/** Index of the entry that is meant, what is wrong with the name, or undefined for one that need not be there. */
function resolve(
  entry: Entry,
  { name, at, path, required }: Wanted,
  entries: readonly Entry[],
  atShutdown: readonly string[],
  placeOf: FormatPlace,
): number | Diagnostic | undefined {
  const named = entries.filter((other) => other.name === name);
  const expected = 'expected the name of an onboot entry or a service';
  const [first, second] = named;
  if (first === undefined) {
    if (!required) return undefined;
    if (atShutdown.includes(name)) {
      return diagnostic(at, path, `${expected}, found ${quote(name)}, which runs at shutdown`);
    }
    const near = nearestKey(
      name,
      entries.filter((other) => other !== entry).map((other) => other.name),
    );
    const suggestion = near === undefined ? undefined : `did you mean ${quote(near)}?`;
    return diagnostic(at, path, `${expected}, found ${quote(name)}`, suggestion);
  }
  // Two services of one name are a mistake of their own.
  if (second !== undefined && !(first.isService && second.isService)) {
    const places = named.map(({ node }) => placeOf(child(node, 'name') ?? node)).join(' and ');
    return diagnostic(at, path, `${expected} that no other has, found ${quote(name)}, which stands at ${places}`);
  }
  if (first === entry) return diagnostic(at, path, `expected the name of another entry, found ${quote(name)}, its own`);
  return entries.indexOf(first);
}

function repeated(wanted: readonly Wanted[]): readonly Diagnostic[] {
  return wanted.flatMap(({ name, at, path }, index) => {
    const isFirst = wanted.findIndex((other) => other.name === name) === index;
    return isFirst ? [] : [diagnostic(at, path, `expected each name once, found ${quote(name)} again`)];
  });
}

/** Conditions that cannot come true, as far as the spec alone says so; labels and images say more (src/assemble). */
function impossible(
  entry: Entry,
  wanted: Wanted,
  target: Entry | undefined,
  placeOf: FormatPlace,
): readonly Diagnostic[] {
  const { condition, restart, path, name } = wanted;
  if (target === undefined) return [];
  const found: Diagnostic[] = [];
  const wrong = (key: string, node: DocumentNode, message: string): void => {
    found.push(diagnostic(node, [...path, key], message));
  };
  if (restart !== undefined && isFlag(restart, true) && !(entry.isService && target.isService)) {
    wrong('restart', restart, 'expected "restart" between two services only: an onboot entry runs once');
  }
  const word = text(condition);
  if (condition === undefined) return found;
  if (word === 'service_healthy') {
    const why = target.isService ? disabledHealth(target, placeOf) : 'an onboot entry';
    if (why !== undefined) {
      const message = `expected "service_started" or "service_completed_successfully", found "service_healthy" of ${quote(name)}, ${why}, which has no health check`;
      wrong('condition', condition, message);
    }
  }
  const again = word === 'service_completed_successfully' ? alwaysAgain(target) : undefined;
  if (again !== undefined) {
    const message = `expected "service_started" or "service_healthy", found "service_completed_successfully" of ${quote(name)}, which never completes: it is always started again, at ${placeOf(again)}`;
    wrong('condition', condition, message);
  }
  return found;
}

function disabledHealth({ node }: Entry, placeOf: FormatPlace): string | undefined {
  const health = child(node, 'healthcheck');
  const test = child(health, 'test');
  const off = isFlag(child(health, 'disable'), true)
    ? child(health, 'disable')
    : text(items(test)[0]) === 'NONE'
      ? test
      : undefined;
  return off === undefined ? undefined : `disabled at ${placeOf(off)}`;
}

function alwaysAgain({ node }: Entry): DocumentNode | undefined {
  const restart = child(node, 'restart');
  const condition = child(child(node, 'restart_policy'), 'condition');
  if (restart !== undefined) return ['always', 'unless-stopped'].includes(text(restart) ?? '') ? restart : undefined;
  return text(condition) === 'any' ? condition : undefined;
}

/** What an entry waits for: what it names, or LinuxKit's order. */
interface Waits {
  readonly targets: readonly { readonly on: number; readonly at: Span; readonly path: Path }[];
  readonly byDefault: boolean;
}

function cycles(entries: readonly Entry[], waits: readonly Waits[], placeOf: FormatPlace): readonly Diagnostic[] {
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
  entries: readonly Entry[],
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
