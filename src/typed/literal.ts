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

/** The literal that a module exports by default, through `defineOS` and functions that do nothing but return it. */
export function literalOf(source: string): Literal {
  const match = /^[ \t]*export\s+default\b/m.exec(source);
  if (match === null) return { kind: 'other', start: 0, end: 0 };
  const start = match.index + match[0].length;
  const exported = new Reader(source).expression(skipBlank(source, start));
  // Never at the blank before, which has nothing to see.
  return exported;
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

  /** Behind `defineOS(`, brackets around the whole, and the head of an arrow function. */
  #unwrapped(start: number, end: number): number {
    const rest = this.#source.slice(start, end);
    const head = /^(?:defineOS\s*\(\s*|\(\s*(?=[{[])|(?:async\s*)?(?:\([^()]*\)(?:\s*:\s*\w+)?|\w+)\s*=>\s*)/.exec(
      rest,
    )?.[0];
    if (head === undefined) return start;
    return this.#unwrapped(skipBlank(this.#source, start + head.length), end);
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

  /** What `const NAME = …` of the same file says, when the expression is a name. */
  #constant(at: number, end: number): Literal | undefined {
    const word = wordAt(this.#source, at);
    if (word === undefined || !/^(?:\s*|\s+(?:as|satisfies)\b.*)$/s.test(this.#source.slice(word.end, end)))
      return undefined;
    const declared = [
      ...this.#source.matchAll(
        new RegExp(`\\bconst\\s+${word.text.replaceAll('$', '\\$')}\\s*(?::[^=;]+)?=(?![=>])`, 'g'),
      ),
    ];
    const [declaration, ...others] = declared;
    this.#steps += 1;
    if (declaration === undefined || others.length > 0 || this.#steps > mostSteps) return undefined;
    return this.expression(skipBlank(this.#source, declaration.index + declaration[0].length));
  }
}

function trimmedEnd(source: string, start: number, end: number): number {
  return start + source.slice(start, end).trimEnd().length;
}
