// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What JSON that someone else wrote must look like before anything acts on it: a decoder checks one value and names its
// place when it has another shape ("process.user.uid: expected an id (0 to 4294967295), found "root"").

import type { Json } from './json.ts';

/**
 * Returns the value as it is to be used, or throws when it has another shape than expected. The place of a whole document is
 * empty: callers put the file's name before the message.
 */
export type Decoder = (value: Json, place: string) => Json;

function fail(place: string, expected: string, found: Json): never {
  throw new Error(`${place === '' ? '' : `${place}: `}expected ${expected}, found ${describe(found)}`);
}

function describe(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}

/** A string that a system call can take. */
export const text: Decoder = (value, place) => {
  if (typeof value !== 'string') return fail(place, 'a string', value);
  return value.includes('\0') ? fail(place, 'a string without NUL', value) : value;
};

/** Text that is not empty. */
export const path: Decoder = (value, place) => (value === '' ? fail(place, 'a path', value) : text(value, place));

/** Text that begins with "/". */
export const absolutePath: Decoder = (value, place) =>
  typeof value === 'string' && !value.startsWith('/') ? fail(place, 'an absolute path', value) : path(value, place);

/** A boolean. */
export const flag: Decoder = (value, place) =>
  typeof value === 'boolean' ? value : fail(place, 'true or false', value);

/** An integer of any size: a bigint where a number would lose digits. */
export const integer: Decoder = (value, place) =>
  typeof value === 'bigint' || Number.isInteger(value) ? value : fail(place, 'an integer', value);

/** A 64-bit value without a sign. */
export const unsigned: Decoder = (value, place) => {
  const isInteger = typeof value === 'bigint' || Number.isInteger(value);
  const fits = isInteger && BigInt(value as number | bigint) >= 0n && BigInt(value as number | bigint) < 2n ** 64n;
  return fits ? value : fail(place, 'an integer (0 to 18446744073709551615)', value);
};

/** An integer between two bounds, which belong to it; `name` says what it is in messages. */
export function within(low: number, high: number, name = 'an integer'): Decoder {
  return (value, place) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : fail(place, `${name} (${low} to ${high})`, value);
}

/** One of these strings. */
export function oneOf(...words: readonly string[]): Decoder {
  return (value, place) =>
    typeof value === 'string' && words.includes(value) ? value : fail(place, `one of ${words.join(', ')}`, value);
}

/** A list whose members all have one shape. */
export function list(item: Decoder, least = 0): Decoder {
  return (value, place) => {
    if (!Array.isArray(value)) return fail(place, 'a list', value);
    if (value.length < least) return fail(place, `a list of at least ${least}`, `${value.length}`);
    return value.map((member: Json, index) => item(member, `${place}[${index}]`));
  };
}

type Members = Readonly<Record<string, Decoder>>;

/** An object with members of these shapes. Null counts as absent, and members that are not named here are kept as they are. */
export function object(required: Members, optional: Members): Decoder {
  return (value, place) => {
    const members = membersOf(value, place);
    const decoded: Record<string, Json> = {};
    for (const [key, member] of Object.entries(members)) {
      if (member === null) continue;
      const decode = decoderOf(required, key) ?? decoderOf(optional, key);
      decoded[key] = decode === undefined ? member : decode(member, memberPlace(place, key));
    }
    for (const key of Object.keys(required))
      if (decoded[key] === undefined) throw new Error(`${memberPlace(place, key)}: expected a value, found none`);
    return decoded;
  };
}

/** Own members only: a key may be called "constructor". */
function decoderOf(members: Members, key: string): Decoder | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined;
}

/** An object whose keys are free and whose values all have one shape. */
export function dictionary(item: Decoder): Decoder {
  return (value, place) => {
    const members = Object.entries(membersOf(value, place));
    return Object.fromEntries(members.map(([key, member]) => [key, item(member, memberPlace(place, key))]));
  };
}

function membersOf(value: Json, place: string): Readonly<Record<string, Json>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(place, 'an object', value);
  return value as Readonly<Record<string, Json>>;
}

function memberPlace(place: string, key: string): string {
  return place === '' ? key : `${place}.${key}`;
}
