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
import { headerOf, isHeader } from './header.ts';
import { replaceScalar, type ScalarReaders } from './replace-scalar.ts';
import { resolvePlain, resolveTagged, type ScalarValue } from './scalar.ts';
import type { Variables } from './variables.ts';

/** Values after all aliases are expanded: an alias bomb has billions, a large spec some thousands. */
const mostValues = 100_000;

const coreTag = 'tag:yaml.org,2002:';

/**
 * What the text says and what is wrong with it. Without a root the text cannot be read; with one, `problems` are mistakes that
 * leave the rest readable.
 */
export interface YamlResult {
  readonly root: DocumentNode | undefined;
  readonly problems: readonly Diagnostic[];
  /** Starts of nodes whose value is not known because of a problem. */
  readonly unread: ReadonlySet<number>;
  /** What messages about a node should add, by its start. */
  readonly notes: ReadonlyMap<number, string>;
}

interface BuildOptions extends ScalarReaders {
  /** The document's text, and the offset of its first character. */
  readonly source: string;
  readonly base: number;
}

/**
 * Resolves aliases, merge keys, tags, variables, templates and plain scalars of a composed document. `problems` has every
 * mistake; where something cannot be resolved the root has a null. No root when aliases expand to more than can be checked.
 */
export function buildDocument(document: Document.Parsed, options: BuildOptions): YamlResult {
  const builder = new Builder(options);
  const root = builder.buildRoot(document);
  const { tooLarge, problems, unread, notes } = builder;
  return { root: tooLarge ? undefined : root, problems, unread, notes };
}

class Builder {
  readonly problems: Diagnostic[] = [];
  readonly unread: Set<number> = new Set();
  readonly notes: Map<number, string> = new Map();
  tooLarge = false;
  readonly #options: BuildOptions;
  #variables: Variables | undefined;
  #root: Node | null = null;
  /** Of the scalar that is being built. */
  readonly #path: (string | number)[] = [];
  /** Within keys and the header scalars stand for themselves. */
  #isLiteral = false;
  /** Last node of each anchor name; undefined while it is being built, which only an alias inside itself can see. */
  readonly #anchors = new Map<string, DocumentNode | undefined>();
  /** How many values a node stands for once its aliases are expanded. */
  readonly #sizes = new Map<DocumentNode, number>();

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  buildRoot(document: Document.Parsed): DocumentNode {
    const header = this.#options.variables === undefined ? undefined : headerOf(document);
    this.#variables = this.#options.variables?.(header);
    this.#root = document.contents;
    return this.build(document.contents);
  }

  build(node: Node | null): DocumentNode {
    if (node === null) return nothing({ start: this.#options.base, end: this.#options.base });
    if (isAlias(node)) return this.#alias(node);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const built = this.#withTag(node, isScalar(node) ? this.#scalar(node) : this.#collection(node));
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #alias(alias: Alias): DocumentNode {
    const span = this.#spanOf(alias);
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
    const span = this.#spanOf(node);
    const written = String(node.value);
    const { text: source, isWhole } = this.#replaced(written, span);
    const isOpen = node.type === 'PLAIN' && node.tag === undefined && (isWhole || source === written);
    const value: ScalarValue = isOpen ? resolvePlain(source) : source;
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
      this.#report(span, `expected an integer of at most 64 bits, found ${source}`);
    }
    const scalar = { kind: 'scalar', value, source, ...span } as const;
    return this.#sized(source === written ? scalar : { ...scalar, written }, []);
  }

  #replaced(written: string, span: Span): { readonly text: string; readonly isWhole: boolean } {
    if (this.#isLiteral) return { text: written, isWhole: false };
    const { source, base, template } = this.#options;
    const replaced = replaceScalar({ written, span, source, base }, this.#variables, template);
    if (replaced.note !== undefined) this.notes.set(span.start, replaced.note);
    for (const { message, suggestion, ...part } of replaced.mistakes) {
      this.problems.push(diagnostic(part, [...this.#path], message, suggestion));
      this.unread.add(span.start);
    }
    return replaced;
  }

  #collection(node: Node): DocumentNode {
    const span = this.#spanOf(node);
    if (isMap<Node, Node | null>(node)) return this.#map(node, span);
    const items = isSeq<Node | null>(node)
      ? node.items.map((item, index) => this.#below(index, () => this.build(item)))
      : [];
    return this.#sized({ kind: 'list', items, ...span }, items);
  }

  #map(node: YAMLMap<Node, Node | null>, span: Span): DocumentNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    const isRoot = node === this.#root;
    for (const pair of node.items) {
      const key = this.#literally(true, () => this.build(pair.key));
      const value =
        pair.value === null
          ? nothing({ start: key.end, end: key.end })
          : this.#below(sourceOf(key), () => this.#literally(isRoot && isHeader(pair), () => this.build(pair.value)));
      if (isMergeKey(pair)) merged.push(...this.#mergeSources(value));
      else if (key.kind !== 'scalar') this.#report(this.#spanOf(pair.key), `expected a key, found ${describe(key)}`);
      else if (entries.has(key.source))
        this.#report(this.#spanOf(pair.key), `expected each key once, found ${quote(key.source)} again`);
      else entries.set(key.source, { key: this.#spanOf(pair.key), value });
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
      if (this.unread.has(source.start)) return [];
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
      const value = resolveTagged(type, built.source);
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
    this.unread.add(span.start);
  }

  #below<T>(step: string | number, work: () => T): T {
    this.#path.push(step);
    const result = work();
    this.#path.pop();
    return result;
  }

  #literally<T>(isLiteral: boolean, work: () => T): T {
    const before = this.#isLiteral;
    this.#isLiteral ||= isLiteral;
    const result = work();
    this.#isLiteral = before;
    return result;
  }

  #spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return { start: start + this.#options.base, end: end + this.#options.base };
  }
}
function isMergeKey(pair: Pair<Node, Node | null>): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}

function sourceOf(key: DocumentNode): string {
  return key.kind === 'scalar' ? key.source : '';
}

function nothing(span: Span): DocumentNode {
  return { kind: 'scalar', value: null, source: '', start: span.start, end: span.end };
}
