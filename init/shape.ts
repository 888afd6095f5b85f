// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What JSON that someone else wrote must look like before anything acts on it: a decoder checks one value and names its
// place when it has another shape ("process.user.uid: expected an id (0 to 4294967295), found "root"").

import type { Json } from './json.ts';

/** Returns the value as it is to be used, or throws a ShapeError when it has another shape than expected. */
export type Decoder = (value: Json) => Json;

/**
 * What was expected and what was found, and where: "process.user.uid: expected an id, found "root"". The decoders of what the
 * value lies in add to the place while the error passes them, so that a right value costs no text. Of a whole document there
 * is no place: callers put the file's name before the message.
 */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  readonly #problem: string;
  #place = '';

  constructor(expected: string, found: string) {
    const problem = `expected ${expected}, found ${found}`;
    super(problem);
    this.#problem = problem;
  }

  /** `step` is a key, or an index in brackets. */
  within(step: string): this {
    this.#place = this.#place === '' || this.#place.startsWith('[') ? step + this.#place : `${step}.${this.#place}`;
    this.message = `${this.#place}: ${this.#problem}`;
    return this;
  }
}

function fail(expected: string, found: Json): never {
  throw new ShapeError(expected, describe(found));
}

function located(error: unknown, step: string): unknown {
  return error instanceof ShapeError ? error.within(step) : error;
}

function describe(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}

/** A string that a system call can take. */
export const text: Decoder = (value) => {
  if (typeof value !== 'string') return fail('a string', value);
  return value.includes('\0') ? fail('a string without NUL', value) : value;
};

/** Text that is not empty. */
export const path: Decoder = (value) => (value === '' ? fail('a path', value) : text(value));

/** Text that begins with "/". */
export const absolutePath: Decoder = (value) =>
  typeof value === 'string' && !value.startsWith('/') ? fail('an absolute path', value) : path(value);

/** A boolean. */
export const flag: Decoder = (value) => (typeof value === 'boolean' ? value : fail('true or false', value));

/** An integer of any size: a bigint where a number would lose digits. */
export const integer: Decoder = (value) =>
  typeof value === 'bigint' || Number.isInteger(value) ? value : fail('an integer', value);

/** A 64-bit value without a sign. */
export const unsigned: Decoder = (value) => {
  const isInteger = typeof value === 'bigint' || Number.isInteger(value);
  const fits = isInteger && BigInt(value as number | bigint) >= 0n && BigInt(value as number | bigint) < 2n ** 64n;
  return fits ? value : fail('an integer (0 to 18446744073709551615)', value);
};

/** An integer between two bounds, which belong to it; `name` says what it is in messages. */
export function within(low: number, high: number, name = 'an integer'): Decoder {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : fail(`${name} (${low} to ${high})`, value);
}

/** One of these strings. */
export function oneOf(...words: readonly string[]): Decoder {
  return (value) =>
    typeof value === 'string' && words.includes(value) ? value : fail(`one of ${words.join(', ')}`, value);
}

/** A list whose members all have one shape. */
export function list(item: Decoder, least = 0): Decoder {
  return (value) => {
    if (!Array.isArray(value)) return fail('a list', value);
    const members = value as readonly Json[];
    if (members.length < least) throw new ShapeError(`a list of at least ${least}`, String(members.length));
    const decoded: Json[] = [];
    try {
      for (const member of members) decoded.push(item(member));
    } catch (error) {
      throw located(error, `[${decoded.length}]`);
    }
    return decoded;
  };
}

type Members = Readonly<Record<string, Decoder>>;

/**
 * An object with members of these shapes. Null counts as absent, and members that are not named here are kept as they are. A
 * name in other letters' case stands for a member that is missing, as it does to the decoder of runc and its callers.
 */
export function object(required: Members, optional: Members): Decoder {
  return (value) => {
    const members = membersOf(value);
    const decoded: Record<string, Json> = {};
    let at = '';
    try {
      for (const key of Object.keys(members)) {
        at = key;
        const member = members[key];
        if (member === undefined || member === null) continue;
        const shape = shapeOf(required, optional, key);
        const name = shape === undefined ? knownName(required, optional, key, members) : key;
        const decode = shape ?? shapeOf(required, optional, name);
        decoded[name] = decode === undefined ? member : decode(member);
      }
    } catch (error) {
      throw located(error, at);
    }
    for (const key of Object.keys(required))
      if (decoded[key] === undefined) throw new ShapeError('a value', 'none').within(key);
    return decoded;
  };
}

/** Only the shapes' own members count: a key may be called "constructor". */
function shapeOf(required: Members, optional: Members, key: string): Decoder | undefined {
  if (Object.hasOwn(optional, key)) return optional[key];
  return Object.hasOwn(required, key) ? required[key] : undefined;
}

/** The name that a key in other letters' case stands for; the key itself when there is none, or it is taken. */
function knownName(required: Members, optional: Members, key: string, found: Readonly<Record<string, Json>>): string {
  const lower = key.toLowerCase();
  const names = [...Object.keys(required), ...Object.keys(optional)];
  return names.find((name) => name.toLowerCase() === lower && !Object.hasOwn(found, name)) ?? key;
}

/** An object whose keys are free and whose values all have one shape. */
export function dictionary(item: Decoder): Decoder {
  return (value) => {
    let at = '';
    try {
      const members = Object.entries(membersOf(value));
      return Object.fromEntries(members.map(([key, member]) => [(at = key), item(member)]));
    } catch (error) {
      throw at === '' ? error : located(error, at);
    }
  };
}

function membersOf(value: Json): Readonly<Record<string, Json>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('an object', value);
  return value as Readonly<Record<string, Json>>;
}
