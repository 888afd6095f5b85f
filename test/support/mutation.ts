// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Documents that are slightly wrong, the same ones for the same seed: JSON with one to four of its values, keys or members
// changed, and text with bytes changed.

import type { Json } from '../../init/json.ts';

/** Numbers from a seed (mulberry32), so that a failure can be had again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** What a value is replaced by: ends of ranges, other types, paths and names that mean something elsewhere. */
const strange: readonly [Json, ...Json[]] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.5,
  1e21,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -(2 ** 63),
  2n ** 63n - 1n,
  2n ** 64n - 1n,
  2n ** 64n,
  '',
  '.',
  '..',
  '/',
  '//',
  '../../../..',
  '/proc/self/fd/3',
  '/proc/1/root',
  'a\0b',
  '\udcff',
  '%n%s',
  '$(id)',
  'a,b:c=d\\',
  'x'.repeat(300),
  `/${'y/'.repeat(3000)}`,
  [],
  {},
  [null],
  [[]],
  { '': '' },
  { path: '/', type: 'x' },
];

const keys = ['', 'path', 'type', '__proto__', 'constructor', 'length', 'x'] as const;

type Change = (random: Random, value: Json) => Json;

const replace: Change = (random) => random.pick(strange);

/** Another number or text near this one. */
const nudge: Change = (random, value) => {
  if (typeof value === 'number') return value + random.pick([-1, 1, 0.5, 2 ** 31]);
  if (typeof value === 'bigint') return value + random.pick([-1n, 1n]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') {
    const at = random.below(value.length + 1);
    return (
      value.slice(0, at) + random.pick(['', '/', '..', '\0', ':', ',', '=', '-', ' ', 'é', '0']) + value.slice(at + 1)
    );
  }
  return random.pick(strange);
};

/** Of an object or a list: a member left out, twice there, under another name, or moved. */
const rearrange: Change = (random, value) => {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const at = random.below(list.length + 1);
    const repeated = Array.from({ length: random.pick([0, 2, 300]) }, () => list[at] ?? null);
    return [...list.slice(0, at), ...repeated, ...list.slice(at + 1)];
  }
  if (typeof value !== 'object' || value === null) return nudge(random, value);
  const members = Object.entries(value);
  const at = random.below(members.length + 1);
  const [key, member] = members[at] ?? [random.pick(keys), random.pick(strange)];
  const changed = random.pick<readonly [string, Json][]>([[], [[random.pick(keys), member]], [[key, value]]]);
  return Object.fromEntries([...members.slice(0, at), ...changed, ...members.slice(at + 1)]);
};

/** The value with one to four places changed, mostly deep inside. */
export function mutateJson(random: Random, value: Json): Json {
  let mutated = value;
  for (let times = 1 + random.below(4); times > 0; times -= 1) mutated = changeSomewhere(random, mutated);
  return mutated;
}

function changeSomewhere(random: Random, value: Json): Json {
  if (typeof value !== 'object' || value === null || random.below(8) === 0)
    return random.pick([replace, nudge, rearrange])(random, value);
  if (Array.isArray(value)) {
    if (value.length === 0) return rearrange(random, value);
    const at = random.below(value.length);
    return value.map((member: Json, index) => (index === at ? changeSomewhere(random, member) : member));
  }
  const members = Object.entries(value);
  if (members.length === 0) return rearrange(random, value);
  const at = random.below(members.length);
  return Object.fromEntries(
    members.map(([key, member], index) => [key, index === at ? changeSomewhere(random, member) : member]),
  );
}

/** Bytes with one to eight places changed, cut out, repeated or inserted. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let mutated = bytes;
  for (let times = 1 + random.below(8); times > 0; times -= 1) {
    const at = random.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.pick([0, 1, 1, 2, 8, 200]));
    const between = random.pick<() => Uint8Array>([
      () => new Uint8Array(0),
      () => Uint8Array.of(random.below(256)),
      () =>
        Buffer.from(
          random.pick(['"', '\\', '{', '}', '[', ']', ',', ':', '-', '.', 'e9', '\\u12', 'null', '9'.repeat(20)]),
        ),
      () => mutated.subarray(random.below(at + 1), at),
    ])();
    mutated = Buffer.concat([mutated.subarray(0, at), between, mutated.subarray(end)]);
  }
  return mutated;
}
