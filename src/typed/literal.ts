// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Span } from '../spec/document.ts';
import { endOfValue, skipBlank, stringAt, wordAt } from './code-scan.ts';

/**
 * An expression of the spec's code as far as it can be read without running it: object and list literals, and constants
 * that stand for them. It only says where to look for a mistake; what the spec means is what its code returns.
 */
export type Literal =
  | (Span & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, LiteralEntry> })
  /** `items` end where a spread begins: what comes after has other indexes. */
  | (Span & { readonly kind: 'list'; readonly items: readonly Literal[] })
  | (Span & { readonly kind: 'other' });

export interface LiteralEntry {
  readonly key: Span;
  readonly value: Literal;
}

/** Constants that stand for constants: more is a loop. */
const mostSteps = 32;

/** The literal that a module exports by default, through `defineOS` and functions that return it. */
export function literalOf(source: string): Literal {
  const match = /^[ \t]*export\s+default\b/m.exec(source);
  if (match === null) return { kind: 'other', start: 0, end: 0 };
  const reader = new Reader(source);
  return reader.expression(reader.returned(skipBlank(source, match.index + match[0].length)));
}

class Reader {
  readonly #source: string;
  #steps = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The expression at `start`, up to the comma, bracket or semicolon after it. */
  expression(start: number): Literal {
    const end = endOfValue(this.#source, start);
    const at = this.#unwrapped(start, end);
    const character = this.#source[at];
    if (character === '{' || character === '[') {
      const close = this.#closing(at, end);
      if (close !== undefined) return character === '{' ? this.#map(at, close) : this.#list(at, close);
    }
    return (
      this.#constant(at, end) ?? { kind: 'other', start: at, end: Math.max(at + 1, trimmedEnd(this.#source, at, end)) }
    );
  }

  /** Where the value is that the expression at `start` gives when it is called: behind the head of an arrow function. */
  returned(start: number): number {
    const end = endOfValue(this.#source, start);
    const at = this.#unwrapped(start, end);
    const head = arrowHead.exec(this.#source.slice(at, end))?.[0];
    if (head === undefined) return this.#namedFunction(at, end) ?? at;
    const body = skipBlank(this.#source, at + head.length);
    if (this.#source[body] !== '{') return body;
    const last = [...this.#source.slice(body, end).matchAll(/\breturn\b/g)].at(-1);
    return last === undefined ? body : skipBlank(this.#source, body + last.index + last[0].length);
  }

  #namedFunction(at: number, end: number): number | undefined {
    const declared = this.#declared(at, end);
    return declared === undefined ? undefined : this.returned(declared);
  }

  /** Behind `defineOS(` and brackets around the whole. */
  #unwrapped(start: number, end: number): number {
    const head = /^(?:defineOS\s*\(\s*|\(\s*(?=[{[]))/.exec(this.#source.slice(start, end))?.[0];
    return head === undefined ? start : this.#unwrapped(skipBlank(this.#source, start + head.length), end);
  }

  /** Where the bracket at `at` closes, when nothing but a type follows before `end`. */
  #closing(at: number, end: number): number | undefined {
    let close = at + 1;
    while (close < end && !/[\]}]/.test(this.#source[close] ?? '')) {
      close = skipBlank(this.#source, Math.max(close, endOfValue(this.#source, close)));
      if (/[,;:]/.test(this.#source[close] ?? '')) close = skipBlank(this.#source, close + 1);
    }
    const after = this.#source.slice(close + 1, end).trimStart();
    return /^(?:$|[)\]}]|as\b|satisfies\b)/.test(after) ? close : undefined;
  }

  #map(start: number, close: number): Literal {
    const entries = new Map<string, LiteralEntry>();
    for (const at of this.#members(start, close)) {
      const key = stringAt(this.#source, at) ?? wordAt(this.#source, at);
      if (key === undefined) continue;
      const after = skipBlank(this.#source, key.end);
      const span = { start: at, end: key.end };
      if (this.#source[after] === ':') {
        entries.set(key.text, { key: span, value: this.expression(skipBlank(this.#source, after + 1)) });
      } else entries.set(key.text, { key: span, value: this.expression(at) });
    }
    return { kind: 'map', entries, start, end: start + 1 };
  }

  #list(start: number, close: number): Literal {
    const items: Literal[] = [];
    for (const at of this.#members(start, close)) {
      if (this.#source.startsWith('...', at)) break;
      items.push(this.expression(at));
    }
    return { kind: 'list', items, start, end: start + 1 };
  }

  /** Where each member of a literal starts. */
  *#members(start: number, close: number): Generator<number> {
    let at = skipBlank(this.#source, start + 1);
    while (at < close) {
      yield at;
      let end = endOfValue(this.#source, at);
      while (end < close && this.#source[end] === ':') end = endOfValue(this.#source, end + 1);
      at = skipBlank(this.#source, end + 1);
    }
  }

  #constant(at: number, end: number): Literal | undefined {
    const declared = this.#declared(at, end);
    return declared === undefined ? undefined : this.expression(declared);
  }

  /** Where the value of `const NAME = …` of the same file is, when the expression is a name. */
  #declared(at: number, end: number): number | undefined {
    const word = wordAt(this.#source, at);
    if (word === undefined || !/^(?:\s*|\s*\)\s*|\s+(?:as|satisfies)\b.*)$/s.test(this.#source.slice(word.end, end)))
      return undefined;
    const name = word.text.replaceAll('$', '\\$');
    const pattern = new RegExp(`\\bconst\\s+${name}\\s*(?::[^=;]+)?=(?![=>])`, 'g');
    const [declaration, ...others] = this.#source.matchAll(pattern);
    this.#steps += 1;
    if (declaration === undefined || others.length > 0 || this.#steps > mostSteps) return undefined;
    return skipBlank(this.#source, declaration.index + declaration[0].length);
  }
}

const arrowHead = /^(?:async\s*)?(?:\([^()]*\)(?:\s*:\s*[\w<>]+)?|\w+)\s*=>\s*/;

function trimmedEnd(source: string, start: number, end: number): number {
  return start + source.slice(start, end).trimEnd().length;
}
