// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// JSON with integers of any size: JSON.parse would turn RLIM_INFINITY (2^64 - 1) into another number. An integer outside of
// ±(2^53 - 1) is a bigint on both sides (RFC 8259 leaves the range to the reader).

import { hasLooseEscape, mayBeLoose } from './loose-json.ts';

/** A value as read. Every key is an own property, "__proto__" too. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** How much of a document is read before it counts as an attack. */
export interface JsonLimits {
  /** Characters of the text. */
  readonly size?: number;
  /** Levels of arrays and objects. */
  readonly depth?: number;
}

const defaultSize = 64 * 1024 * 1024;
const defaultDepth = 256;
/** Digits of an integer; BigInt takes time that grows with their square. */
const longestInteger = 64;

/** What is wrong with a JSON text and where; `message` reads "line 3, column 7: expected a value, found "}"". */
export class JsonError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(text: string, position: number, problem: string) {
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - (before.lastIndexOf('\n') + 1) + 1;
    super(`line ${line}, column ${column}: ${problem}`);
    this.name = 'JsonError';
    this.line = line;
    this.column = column;
  }
}

/** Reads one JSON text (RFC 8259). The last of repeated keys counts, as in JSON.parse. Throws JsonError. */
export function parseJson(text: string, { size = defaultSize, depth = defaultDepth }: JsonLimits = {}): Json {
  if (text.length > size) throw new JsonError('', 0, `expected at most ${size} characters, found ${text.length}`);
  return parseByEngine(text, depth) ?? new Reader(text, depth).document();
}

/**
 * The engine's own reader, which takes a tenth of the time. Undefined when its value would not be exact, when the text may
 * have what JSON has not, and for a wrong text too, since only ours says where it is wrong.
 */
function parseByEngine(text: string, depth: number): Json | undefined {
  if (mayBeLoose(text)) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isExact(value, depth) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No number has lost digits, and the value is not nested deeper than that. */
function isExact(value: Json, depth: number): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  for (const member of Array.isArray(value) ? (value as readonly Json[]) : Object.values(value))
    if (typeof member !== 'string' && !isExact(member, depth - 1)) return false;
  return true;
}

const ordinary = { configurable: true, enumerable: true, writable: true };

class Reader {
  readonly #text: string;
  readonly #depth: number;
  #position = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  document(): Json {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#position < this.#text.length) this.#expected('the end');
    return value;
  }

  #value(level: number): Json {
    this.#skipSpace();
    switch (this.#text[this.#position]) {
      case '{':
        return this.#object(level + 1);
      case '[':
        return this.#array(level + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(level: number): Json {
    this.#enter(level);
    const object: Record<string, Json> = {};
    if (this.#took('}')) return object;
    do {
      this.#skipSpace();
      if (this.#text[this.#position] !== '"') this.#expected('a key in quotes');
      const key = this.#string();
      if (!this.#took(':')) this.#expected('":"');
      const value = this.#value(level);
      // Assigning to "__proto__" would change the prototype instead.
      if (key === '__proto__') Object.defineProperty(object, key, { value, ...ordinary });
      else object[key] = value;
    } while (this.#took(','));
    if (!this.#took('}')) this.#expected('"," or "}"');
    return object;
  }

  #array(level: number): Json {
    this.#enter(level);
    const array: Json[] = [];
    if (this.#took(']')) return array;
    do array.push(this.#value(level));
    while (this.#took(','));
    if (!this.#took(']')) this.#expected('"," or "]"');
    return array;
  }

  #enter(level: number): void {
    if (level > this.#depth) this.#fail(`expected at most ${this.#depth} levels of arrays and objects, found more`);
    this.#position += 1;
  }

  #string(): string {
    const start = this.#position;
    const end = this.#endOfString();
    const inside = this.#text.slice(start + 1, end);
    this.#position = end + 1;
    // Most strings are what stands there; the engine's own reader decodes and judges the others.
    if (!/[\u0000-\u001f\\]/.test(inside)) return inside;
    try {
      if (!hasLooseEscape(inside)) return JSON.parse(`"${inside}"`) as string;
    } catch {
      // Said below.
    }
    this.#position = start;
    return this.#fail('this string has a control character or an escape that JSON does not know');
  }

  /** Position of the quote that ends the string which starts here: the first one after an even number of backslashes. */
  #endOfString(): number {
    let end = this.#position;
    for (;;) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) this.#fail('this string does not end');
      let backslashes = 0;
      while (this.#text[end - 1 - backslashes] === '\\') backslashes += 1;
      if (backslashes % 2 === 0) return end;
    }
  }

  #number(): number | bigint {
    const pattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match === null) return this.#expected('a value');
    const [digits, fraction, exponent] = match;
    const value = Number(digits);
    const isInteger = fraction === undefined && exponent === undefined;
    if (isInteger && digits.length > longestInteger)
      this.#fail(`expected an integer of at most ${longestInteger} digits, found ${digits.length}`);
    this.#position += digits.length;
    return isInteger && !Number.isSafeInteger(value) ? BigInt(digits) : value;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) this.#expected('a value');
    this.#position += word.length;
    return value;
  }

  #took(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#position += 1;
    }
  }

  #expected(what: string): never {
    const found = this.#text[this.#position];
    return this.#fail(`expected ${what}, found ${found === undefined ? 'the end' : JSON.stringify(found)}`);
  }

  #fail(problem: string): never {
    throw new JsonError(this.#text, this.#position, problem);
  }
}

/**
 * Writes a value as JSON.stringify does (members that are undefined are left out), and bigints with all their digits.
 * `indent` spaces a level; 0 puts everything on one line.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return writtenByEngine(value, indent) ?? written(value, indent === 0 ? '' : '\n', ' '.repeat(indent));
}

/** The engine's own writer, which takes a tenth of the time; undefined for a value with a bigint, at which it throws. */
function writtenByEngine(value: unknown, indent: number): string | undefined {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    return undefined;
  }
}

function written(value: unknown, newline: string, indent: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = newline === '' ? '' : newline + indent;
  const colon = newline === '' ? ':' : ': ';
  const items = Array.isArray(value)
    ? value.map((item) => written(item, inner, indent))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => JSON.stringify(key) + colon + written(member, inner, indent));
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return items.length === 0 ? open + close : open + inner + items.join(`,${inner}`) + newline + close;
}
