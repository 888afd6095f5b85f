// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Document, isAlias, isMap, isScalar, type Node, type Pair } from 'yaml';
import { resolvePlain } from './scalar.ts';

/** The key of a document's header that declares variables. */
export const headerKey = 'variables';

/** Defaults by name that the header of a composed document declares, null for none; undefined without a header. */
export function headerOf(document: Document.Parsed): ReadonlyMap<string, string | null> | undefined {
  const { contents } = document;
  const pairs = isMap<Node, Node | null>(contents) ? contents.items : [];
  const header = pairs.find(isHeader);
  if (header === undefined) return undefined;
  const declared = isMap<Node, Node | null>(header.value) ? header.value.items : [];
  return new Map(declared.map((pair) => [keyText(pair) ?? '', defaultOf(pair.value, document)] as const));
}

/** Whether an entry of the outermost map is the header. */
export function isHeader(pair: Pair<Node, Node | null>): boolean {
  return keyText(pair) === headerKey;
}

function defaultOf(node: Node | null, document: Document.Parsed): string | null {
  const value = isAlias(node) ? node.resolve(document) : node;
  if (!isScalar(value)) return null;
  const text = String(value.value);
  return value.type === 'PLAIN' && resolvePlain(text) === null ? null : text;
}

function keyText({ key }: Pair<Node, Node | null>): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
