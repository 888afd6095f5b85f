// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { type DocumentNode, describe, type MapEntry, type MapNode, quote, type Span } from './document.ts';
import { resolvePlain, type ScalarValue } from './scalar.ts';

/** Values after all aliases are expanded: an alias bomb has billions, a large spec some thousands. */
const mostValues = 100_000;

const coreTag = 'tag:yaml.org,2002:';

/**
 * Resolves aliases, merge keys, tags and plain scalars of a composed document. `problems` has every mistake; where something
 * cannot be resolved the root has a null. No root when aliases expand to more than can be checked.
 */
export function buildDocument(document: Document.Parsed): {
  readonly root: DocumentNode | undefined;
  readonly problems: readonly Diagnostic[];
} {
  const builder = new Builder();
  const root = builder.build(document.contents);
  return { root: builder.tooLarge ? undefined : root, problems: builder.problems };
}

class Builder {
  readonly problems: Diagnostic[] = [];
  tooLarge = false;
  /** Last node of each anchor name; undefined while it is being built, which only an alias inside itself can see. */
  readonly #anchors = new Map<string, DocumentNode | undefined>();
  /** How many values a node stands for once its aliases are expanded. */
  readonly #sizes = new Map<DocumentNode, number>();

  build(node: Node | null): DocumentNode {
    if (node === null) return nothing({ start: 0, end: 0 });
    if (isAlias(node)) return this.#alias(node);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const built = this.#withTag(node, isScalar(node) ? this.#scalar(node) : this.#collection(node));
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #alias(alias: Alias): DocumentNode {
    const span = spanOf(alias);
    const target = this.#anchors.get(alias.source);
    if (target !== undefined) return target;
    this.#report(
      span,
      this.#anchors.has(alias.source)
        ? `expected the alias *${alias.source} outside of what it names, found it inside`
        : `expected an anchor &${alias.source} before the alias, found none`,
    );
    return nothing(span);
  }

  #scalar(node: Scalar): DocumentNode {
    const source = String(node.value);
    const untagged = node.type === 'PLAIN' && node.tag === undefined;
    const value: ScalarValue = untagged ? resolvePlain(source) : source;
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
      this.#report(spanOf(node), `expected an integer of at most 64 bits, found ${source}`);
    }
    return this.#sized({ kind: 'scalar', value, source, ...spanOf(node) }, []);
  }

  #collection(node: Node): DocumentNode {
    const span = spanOf(node);
    if (isMap<Node, Node | null>(node)) return this.#map(node, span);
    const items = isSeq<Node | null>(node) ? node.items.map((item) => this.build(item)) : [];
    return this.#sized({ kind: 'list', items, ...span }, items);
  }

  #map(node: YAMLMap<Node, Node | null>, span: Span): DocumentNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    for (const pair of node.items) {
      const key = this.build(pair.key);
      const value = pair.value === null ? nothing({ start: key.end, end: key.end }) : this.build(pair.value);
      if (isMergeKey(pair)) merged.push(...this.#mergeSources(value));
      else if (key.kind !== 'scalar') this.#report(spanOf(pair.key), `expected a key, found ${describe(key)}`);
      else if (entries.has(key.source))
        this.#report(spanOf(pair.key), `expected each key once, found ${quote(key.source)} again`);
      else entries.set(key.source, { key: spanOf(pair.key), value });
    }
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    const map: MapNode = { kind: 'map', entries, ...span };
    return this.#sized(
      map,
      Array.from(entries.values(), (entry) => entry.value),
    );
  }

  /** Maps that `<<` names, the strongest first (YAML 1.1 type repository, merge). */
  #mergeSources(value: DocumentNode): readonly MapNode[] {
    const sources = value.kind === 'list' ? value.items : [value];
    return sources.flatMap((source) => {
      if (source.kind === 'map') return [source];
      const unresolved = this.problems.some(({ start }) => start === source.start);
      if (unresolved) return [];
      this.#report(source, `expected a map or a list of maps to merge, found ${describe(source)}`);
      return [];
    });
  }

  #withTag(node: Node, built: DocumentNode): DocumentNode {
    const { tag } = node;
    if (tag === undefined || tag === '!') return built;
    const type = tag.startsWith(coreTag) ? tag.slice(coreTag.length) : undefined;
    if (type === 'map' || type === 'seq') {
      if ((type === 'map') === (built.kind === 'map') && built.kind !== 'scalar') return built;
    } else if (built.kind === 'scalar' && type !== undefined) {
      const value = tagged(type, built.source);
      if (value !== undefined) return { ...built, value };
    }
    const shown = type === undefined ? tag : `!!${type}`;
    this.#report(built, `expected no tag or one that fits, found ${quote(shown)} on ${describe(built)}`);
    return built;
  }

  #sized(node: DocumentNode, children: readonly DocumentNode[]): DocumentNode {
    const size = children.reduce((sum, item) => sum + (this.#sizes.get(item) ?? 1), 1);
    this.#sizes.set(node, size);
    if (size > mostValues && !this.tooLarge) {
      this.tooLarge = true;
      this.#report(node, `expected at most ${mostValues} values once aliases are expanded, found more`);
    }
    return node;
  }

  #report(span: Span, message: string): void {
    this.problems.push(diagnostic(span, [], message));
  }
}

function isMergeKey(pair: Pair<Node, Node | null>): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}

/** The value of a scalar with an explicit tag, undefined when the text is not of that type or the type is not known. */
function tagged(type: string, source: string): ScalarValue | undefined {
  if (type === 'str') return source;
  const value = resolvePlain(source);
  switch (type) {
    case 'null':
      return value === null ? null : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
      return typeof value === 'bigint' || Number.isInteger(value) ? value : undefined;
    case 'float':
      return typeof value === 'number' ? value : undefined;
    default:
      return undefined;
  }
}

function nothing(span: Span): DocumentNode {
  return { kind: 'scalar', value: null, source: '', start: span.start, end: span.end };
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
