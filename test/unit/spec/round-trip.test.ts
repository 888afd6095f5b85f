// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Any spec that the schema allows survives being printed, and anything near it is a spec or an error with a place.

import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Json } from '../../../init/json.ts';
import { TskitError } from '../../../src/errors.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { printSpec } from '../../../src/spec/print.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { mutateBytes, mutateJson, Random } from '../../support/mutation.ts';
import { keysOf, type Members, schemaKeys, specText, validSpec } from '../../support/spec-generator.ts';

const long = process.env['TSKIT_TEST_LONG'] === '1';
const seeds = long ? 10_000 : 300;
const mutants = long ? 20 : 4;

function accepts(spec: Json): boolean {
  try {
    parseSpec(specText(spec), 'os.yml');
    return true;
  } catch (error) {
    if (error instanceof TskitError) return false;
    throw error;
  }
}

/** What a spec says, without where it was written. */
function contentOf({ file: _file, origin: _origin, ...content }: Spec): unknown {
  return content;
}

/** A valid spec for each seed, made when the first test wants it. */
const made: Members[] = [];

/** Runs `act` for each seed; what it throws says which. */
function forEachSeed(act: (spec: Members, random: Random) => void): void {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = new Random(seed);
    try {
      const valid = made[seed] ?? validSpec(random, accepts);
      made[seed] = valid;
      act(valid, random);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

const timeout = long ? 3_000_000 : 120_000;

describe('a spec of any keys and values', () => {
  test('survives parse, print and parse, and has each key of the schema sooner or later', { timeout }, () => {
    const seen = new Set<string>();
    forEachSeed((valid) => {
      for (const key of keysOf(valid)) seen.add(key);
      const spec = parseSpec(specText(valid), 'os.yml');
      const printed = printSpec(spec);
      expect(contentOf(parseSpec(printed, 'printed.yml')), printed).toEqual(contentOf(spec));
    });
    expect([...schemaKeys()].filter((key) => !seen.has(key))).toEqual([]);
  });

  test.each(['1.1', '1.2'] as const)('is printed so that a reader of YAML %s has the same', { timeout }, (version) => {
    forEachSeed((valid) => {
      const spec = contentOf(parseSpec(specText(valid), 'os.yml')) as Record<string, unknown>;
      const filled = Object.entries(spec).filter(([, value]) => !Array.isArray(value) || value.length > 0);
      const printed = printSpec({ ...(spec as unknown as Spec) });
      const read: unknown = parseYaml(printed, { version, intAsBigInt: true });
      expect(read, printed).toEqual(bigIntegers(Object.fromEntries(filled)));
    });
  });

  test('slightly changed is a spec or an error with a place', { timeout }, () => {
    const counts = { accepted: 0, refused: 0 };
    forEachSeed((valid, random) => {
      const printed = printSpec(parseSpec(specText(valid), 'os.yml'));
      for (let left = mutants; left > 0; left -= 1) {
        const text =
          random.below(2) === 0
            ? specText(mutateJson(random, valid))
            : Buffer.from(mutateBytes(random, Buffer.from(printed))).toString();
        counts[judge(text)] += 1;
      }
    });
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(seeds / 20);
  });
});

function judge(text: string): 'accepted' | 'refused' {
  try {
    parseSpec(text, 'os.yml');
    return 'accepted';
  } catch (error) {
    if (
      error instanceof TskitError &&
      error.code === 'spec' &&
      /^os\.yml:\d+:\d+: .*expected |^os\.yml:\d+:\d+: \S.*"/m.test(error.message)
    )
      return 'refused';
    throw new Error(`${JSON.stringify(text.slice(0, 2000))}`, { cause: error });
  }
}

/** Integers as the reader has them with intAsBigInt. */
function bigIntegers(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(bigIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bigIntegers(item)]));
}
