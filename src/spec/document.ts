// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ScalarValue } from './scalar.ts';

/** Offsets into the text, in UTF-16 units; `end` is past the last one. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Span {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  /** As written, without quotes, variables and templates replaced. */
  readonly source: string;
  /** The same before they were replaced, where that is different. */
  readonly written?: string;
}

export interface ListNode extends Span {
  readonly kind: 'list';
  readonly items: readonly DocumentNode[];
}

export interface MapNode extends Span {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: Span;
  readonly value: DocumentNode;
}

/**
 * A YAML document with aliases and merge keys resolved and every node's place kept. Aliased nodes are shared, so this is a
 * graph without cycles rather than a tree.
 */
export type DocumentNode = ScalarNode | ListNode | MapNode;

/** From the root to a node: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** How a path is shown: services[0].env[1]. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w./+-]{1,64}$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

/** A value in quotes for a message: control characters escaped, cut after 60 characters. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return JSON.stringify(shown).replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The node at `path`, or undefined when the document has none there. */
export function nodeAt(root: DocumentNode, path: Path): DocumentNode | undefined {
  let node: DocumentNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'map') node = node.entries.get(String(step))?.value;
    else if (node?.kind === 'list') node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}

/** The value under `key` when `node` is a map that has it. */
export function child(node: DocumentNode | undefined, key: string): DocumentNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The entries of a list, none for anything else. */
export function items(node: DocumentNode | undefined): readonly DocumentNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The text of a string scalar. */
export function text(node: DocumentNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/**
 * The document as plain values. With `integers: 'number'` big integers are rounded to what a validator of JSON can read;
 * with `'exact'` they stay bigint. Shared nodes become shared values.
 */
export function plainValue(root: DocumentNode, integers: 'exact' | 'number'): unknown {
  const known = new Map<DocumentNode, unknown>();
  const convert = (node: DocumentNode): unknown => {
    if (node.kind === 'scalar') {
      return integers === 'number' && typeof node.value === 'bigint' ? Number(node.value) : node.value;
    }
    if (known.has(node)) return known.get(node);
    const value =
      node.kind === 'list'
        ? node.items.map(convert)
        : Object.fromEntries([...node.entries].map(([key, entry]) => [key, convert(entry.value)]));
    known.set(node, value);
    return value;
  };
  return convert(root);
}

/** "the string \"x\"", "a list" …: what stands at a node, in words that follow "found ". */
export function describe(node: DocumentNode): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.kind === 'map') return node.entries.size === 0 ? 'an empty map' : 'a map';
  switch (typeof node.value) {
    case 'string':
      return node.value === '' ? 'an empty string' : `the string ${quote(node.value)}`;
    case 'boolean':
      return `the boolean ${node.source}`;
    case 'bigint':
      return `the integer ${node.source}`;
    case 'number':
      return `the ${Number.isInteger(node.value) ? 'integer' : 'number'} ${node.source}`;
    default:
      return 'nothing';
  }
}

/** The keys of a map, in words that follow "found "; the first ones where there are many. */
export function keysOf(node: DocumentNode): string {
  const keys = node.kind === 'map' ? [...node.entries.keys()] : [];
  if (keys.length === 0) return 'an empty map';
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : '';
  return `only ${keys.slice(0, 5).map(quote).join(', ')}${more}`;
}
