// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Specs that are valid, whatever is in them, made from the schema alone: a new key is in them from the day that the schema has it.
// What a schema cannot say is found out by trying: a value stays where the parser takes it.

import type { Json } from '../../init/json.ts';
import { stringifyJson } from '../../src/json.ts';
import { specSchema } from '../../src/spec/schema.ts';
import { dereference, type SchemaNode } from '../../src/spec/schema-node.ts';
import type { Random } from './mutation.ts';
import { sampleOf } from './pattern-sample.ts';

/** A map of a spec. */
export type Members = Readonly<Record<string, Json>>;

const definitions = specSchema.definitions ?? {};

/** Texts that some reader takes for something else than a text, and shapes that a writer may lose. */
// biome-ignore format: one text a line would hide them all
const texts: readonly [string, ...string[]] = [
  '', ' ', '~', 'null', 'true', 'yes', 'NO', 'on', 'y', '<<', '=', '---', '...', '--- a', '?', '-', ':', '.', '+1.',
  '0644', '0o17', '0x1F', '0b11', '1_000', '1e3', '.5', '.inf', '1:30', '2020-01-01', '2001-12-14T21:59:43Z',
  '- a', 'a: b', 'a:', ':a', 'a #b', '# a', '@x', '@pkg', '`x`', '*a', '&a', '!t', '%d', '|', '>', '[a', '{a', ']',
  '"', "'", '\\', '\\n', "it's", '${A}', '$${A}', 'é😀', 'x'.repeat(200), 'word '.repeat(40), ' a ', 'a\tb', '\ta',
  'a\nb', 'a\n', '\na', 'a\n\n', ' a\nb', 'a\n b\n', '\ta\n\tb', 'a\r\nb', 'a \nb ', '\n', '\n\n', 'a\n\n\nb\n', '#\n#',
  '@pkg:a\n', 'a\u0085b', 'a\u2028b', '\ufeff', '\u0007', '\u007f', '\ufffe',
];

/** Texts that mean something in many places. */
const words: readonly [string, ...string[]] = ['root', 'host', '/a', '/dev', 'proc', '/a:/b:ro', 'A=b', '0', 'a'];

const integers = [0n, 1n, -1n, 8n, 4096n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n] as const;

/** The secret that the schema's own words name. */
const secrets: Members = { token: { file: '/a' } };

const mostTries = 6;

/** A spec as JSON, which is YAML, in printable ASCII. */
export function specText(spec: Json): string {
  return stringifyJson(spec, 1).replaceAll(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Entries of which several keys go together, by the end of their path: chance does not find them. */
const together: Readonly<Record<string, readonly Members[]>> = {
  'mounts[]': ['uidMappings', 'uidmappings'].map((key) => ({
    destination: '/b',
    type: 'bind',
    source: '/a',
    options: ['bind'],
    [key]: [{ containerID: 0, hostID: 0, size: 1 }],
    [key.replace('u', 'g')]: [{ containerID: 0, hostID: 0, size: 1 }],
  })),
  secureboot: [
    { certificate: 'a', key: 'b' },
    { certificate: 'a', command: ['b'] },
  ],
};

/** A spec that `accepts` takes; with the key `wanted` ("services[].env") where that can be found. */
export function validSpec(random: Random, accepts: (spec: Json) => boolean, wanted = ''): Members {
  return new SpecMaker(random, accepts, wanted).spec();
}

type Accepts = (value: Json) => boolean;

class SpecMaker {
  readonly #random: Random;
  readonly #accepts: (spec: Json) => boolean;
  readonly #wanted: string;

  constructor(random: Random, accepts: (spec: Json) => boolean, wanted: string) {
    this.#random = random;
    this.#accepts = accepts;
    this.#wanted = wanted;
  }

  /** Sections are tried alone, since most of what can be wrong is within one entry. */
  spec(): Members {
    // What entries of other sections may name.
    const sections = new Map<string, Json>([['secrets', secrets]]);
    for (const key of builtKeys(specSchema)) {
      if (!this.#isWanted(key) && this.#random.below(2) === 0) continue;
      const value = this.#value(childOf(specSchema, key), key, (one) => this.#accepts({ secrets, [key]: one }));
      if (value === undefined) continue;
      const before = sections.get(key);
      sections.set(key, value);
      // Names may be taken by what is there already.
      if (this.#accepts(Object.fromEntries(sections))) continue;
      if (before === undefined) sections.delete(key);
      else sections.set(key, before);
    }
    return Object.fromEntries(sections);
  }

  #value(place: SchemaNode, path: string, accepts: Accepts): Json | undefined {
    const types = [place.type ?? []].flat().filter((type) => type !== 'null');
    const isList = place.items !== undefined && (types.length < 2 || this.#random.below(2) === 0);
    if (isList) return this.#list(dereference(place.items ?? {}, definitions), `${path}[]`, accepts);
    if (place.properties !== undefined && (this.#isWanted(path) || this.#random.below(8) > 0)) {
      return this.#map(place, path, accepts);
    }
    return tried(mostTries, () => valueOf(this.#random, place), accepts);
  }

  #list(place: SchemaNode, path: string, accepts: Accepts): Json | undefined {
    const length = this.#isWanted(path) ? 1 + this.#random.below(2) : this.#random.below(4);
    const entries = Array.from({ length }, () => this.#value(place, path, (entry) => accepts([entry])));
    const list = entries.filter((entry) => entry !== undefined);
    if (accepts(list)) return list;
    return list.length > 0 && accepts(list.slice(0, 1)) ? list.slice(0, 1) : undefined;
  }

  /** The least that is taken, and every other key that is taken beside it. */
  #map(place: SchemaNode, path: string, accepts: Accepts): Json | undefined {
    const least = this.#least(place, path, accepts);
    if (least === undefined) return undefined;
    const others = new Map<string, Json>();
    for (const key of builtKeys(place)) {
      const below = `${path}.${key}`;
      if (Object.hasOwn(least, key) || (!this.#isWanted(below) && this.#random.below(3) > 0)) continue;
      const value = this.#value(childOf(place, key), below, (one) => accepts({ ...least, [key]: one }));
      if (value === undefined) continue;
      others.set(key, value);
      if (!accepts({ ...least, ...Object.fromEntries(others) })) others.delete(key);
    }
    return { ...least, ...Object.fromEntries(others) };
  }

  #least(place: SchemaNode, path: string, accepts: Accepts): Members | undefined {
    const known = Object.entries(together).flatMap(([end, entries]) => (path.endsWith(end) ? entries : []));
    const entry = known[this.#random.below(known.length * 2)];
    if (entry !== undefined && accepts(entry)) return entry;
    return tried(mostTries * 10, () => membersOf(this.#random, place, 1), accepts);
  }

  #isWanted(path: string): boolean {
    return this.#wanted === path || (this.#wanted.startsWith(path) && '.['.includes(this.#wanted.charAt(path.length)));
  }
}

function childOf(place: SchemaNode, key: string): SchemaNode {
  return dereference(place.properties?.[key] ?? {}, definitions);
}

function tried<T>(tries: number, make: () => T, accepts: (value: T) => boolean): T | undefined {
  for (let left = tries; left > 0; left -= 1) {
    const value = make();
    if (accepts(value)) return value;
  }
  return undefined;
}

function valueOf(random: Random, place: SchemaNode): Json {
  const types = [place.type ?? 'object'].flat();
  const type = random.pick(types as [string, ...string[]]);
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return random.below(2) === 0;
    case 'integer':
      return integerOf(random, place);
    case 'string':
      return textOf(random, place);
    case 'array':
      return Array.from({ length: random.below(4) }, () =>
        valueOf(random, dereference(place.items ?? {}, definitions)),
      );
    default:
      return place.properties === undefined ? freeMap(random, place) : membersOf(random, place, random.below(4));
  }
}

/** The required keys and some others. */
function membersOf(random: Random, place: SchemaNode, others: number): Members {
  const keys = builtKeys(place);
  const chosen = new Set(place.required);
  for (let left = others; left > 0 && keys.length > 0; left -= 1) chosen.add(keys[random.below(keys.length)] ?? '');
  return Object.fromEntries(
    keys
      .filter((key) => chosen.has(key))
      .map((key) => [key, valueOf(random, dereference(place.properties?.[key] ?? {}, definitions))]),
  );
}

function freeMap(random: Random, { additionalProperties }: SchemaNode): Members {
  const values = dereference(typeof additionalProperties === 'object' ? additionalProperties : {}, definitions);
  const names = Array.from({ length: random.below(4) }, () => random.pick(texts));
  return Object.fromEntries(names.map((name) => [name, valueOf(random, values)]));
}

function integerOf(random: Random, { minimum, maximum }: SchemaNode): Json {
  const bounds = [minimum, maximum].flatMap((bound) => (bound === undefined ? [] : [BigInt(bound)]));
  const value = random.pick([...integers, ...bounds, ...bounds] as unknown as [bigint, ...bigint[]]);
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function textOf(random: Random, place: SchemaNode): string {
  const { enum: choices, pattern } = place;
  if (choices !== undefined) return choices[random.below(choices.length)] ?? '';
  const quoted = examplesOf(place);
  if (quoted.length > 0 && random.below(2) === 0) return quoted[random.below(quoted.length)] ?? '';
  if (pattern !== undefined && random.below(4) > 0) return sampleOf(random, pattern) ?? '';
  return random.pick(random.below(4) === 0 ? words : texts);
}

/** Texts that the schema's own words have in quotes. */
function examplesOf(place: SchemaNode): readonly string[] {
  const described = `${place['x-expected'] ?? ''} ${place.description ?? ''}`;
  return [...described.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
}

function builtKeys(place: SchemaNode): readonly string[] {
  return Object.entries(place.properties ?? {})
    .filter(([, child]) => dereference(child, definitions)['x-refused'] === undefined)
    .map(([key]) => key);
}

/** Every key of the schema that a spec may have, as "section[].key". */
export function schemaKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (node: SchemaNode, path: string): void => {
    const place = dereference(node, definitions);
    if (place.items !== undefined) visit(place.items, `${path}[]`);
    for (const key of builtKeys(place)) {
      const below = path === '' ? key : `${path}.${key}`;
      keys.add(below);
      visit(place.properties?.[key] ?? {}, below);
    }
  };
  visit(specSchema, '');
  return keys;
}

/** The keys of a value in the same words. */
export function keysOf(value: Json, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => keysOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = path === '' ? key : `${path}.${key}`;
    return [below, ...keysOf(member, below)];
  });
}
