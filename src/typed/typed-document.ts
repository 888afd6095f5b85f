// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DocumentNode, MapEntry, Path, Span } from '../spec/document.ts';
import type { ScalarValue } from '../spec/scalar.ts';
import type { Literal } from './literal.ts';

/**
 * A value as the document that YAML with the same content would be. Each node is where the code has it as a literal; what
 * is computed is at the innermost literal or expression that it is in.
 */
export function documentOf(value: unknown, literal: Literal): DocumentNode {
  return build(value, literal, literal);
}

/** The place of a path, as {@link documentOf} gives it to a node there. */
export function spanOf(literal: Literal, path: Path): Span {
  let at: Literal = literal;
  for (const step of path) {
    const inner =
      at.kind === 'map' ? at.entries.get(String(step))?.value : at.kind === 'list' ? at.items[Number(step)] : undefined;
    if (inner === undefined) break;
    at = inner;
  }
  return { start: at.start, end: at.end };
}

function build(value: unknown, literal: Literal | undefined, outer: Span): DocumentNode {
  const { start, end } = literal ?? outer;
  const here = { start, end };
  if (Array.isArray(value)) {
    const places = literal?.kind === 'list' ? literal.items : [];
    return { kind: 'list', items: value.map((item: unknown, index) => build(item, places[index], here)), ...here };
  }
  if (typeof value === 'object' && value !== null) {
    const places = literal?.kind === 'map' ? literal.entries : new Map<string, never>();
    const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, MapEntry] => {
      const place = places.get(key);
      return [key, { key: place?.key ?? here, value: build(item, place?.value, place?.key ?? here) }];
    });
    return { kind: 'map', entries: new Map(entries), ...here };
  }
  return { kind: 'scalar', value: value as ScalarValue, source: String(value), ...here };
}
