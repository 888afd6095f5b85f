// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// init/json.ts on the engine that it runs on, whose own reader of JSON takes more than RFC 8259 allows.

import { parseJson, stringifyJson } from '../../../init/json.ts';
import { check, equal, failed, ok } from '../check.ts';

/** What the engine takes, and what no reader does. */
const wrong: readonly string[] = [
  String.raw`["\x41"]`,
  String.raw`["\u{41}"]`,
  String.raw`["\v"]`,
  String.raw`["\'"]`,
  String.raw`["\a"]`,
  String.raw`["\0"]`,
  String.raw`["\\\x41"]`,
  String.raw`["\u12g4"]`,
  '["\\\n"]',
  '["\\\u2028"]',
  '["\\é"]',
  '["\t"]',
  '["\u0000"]',
  '[1.]',
  '[-1.]',
  '[1.e5]',
  '[1. ]',
  '1.',
  '{"a":1.}',
  '[-01]',
  '-01',
  '{"a": -00}',
  '[01]',
  '[1e]',
  '[.5]',
  '[-.5]',
  '[-Infinity]',
  '[NaN]',
  '[0x10]',
  '[1_000]',
  '[1n]',
  '[,]',
  '[1,]',
  '{"a":1,}',
  "['a']",
  "{'a':1}",
  '{a:1}',
  '/**/1',
  '1//',
  '\v1',
  '\u00a01',
  '\ufeff1',
  '1\u0000',
  'undefined',
  '[undefined]',
  '',
];

const right: readonly (readonly [text: string, value: unknown])[] = [
  ['18446744073709551615', 18_446_744_073_709_551_615n],
  ['-9223372036854775808', -9_223_372_036_854_775_808n],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['-0', -0],
  ['-0.5e-1', -0.05],
  ['1e400', Number.POSITIVE_INFINITY],
  ['"a1. b, -01"', 'a1. b, -01'],
  [String.raw`"\"\\\/\b\f\n\r\t\u0041\uD83D\ude00"`, '"\\/\b\f\n\r\tA😀'],
  [String.raw`"\\x41\\u{41}"`, String.raw`\x41\u{41}`],
  [String.raw`"\ud800"`, '\ud800'],
  ['"\udcff"', '\udcff'],
  ['"\u2028\u007f"', '\u2028\u007f'],
];

function thrownBy(text: string): string {
  try {
    return `nothing, but found ${stringifyJson(parseJson(text))}`;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

export default function main(): number {
  for (const text of wrong) check(`${JSON.stringify(text)} is refused`, () => equal(thrownBy(text), 'JsonError'));
  for (const [text, value] of right)
    check(`${text} is read`, () =>
      ok(Object.is(parseJson(text), value), `${String(value)}, not ${stringifyJson(parseJson(text))}`),
    );
  check('"__proto__" is a key like any other, and the last of repeated keys counts', () => {
    const value = parseJson('{"__proto__":{"x":1},"a":1,"a":2}') as Record<string, unknown>;
    equal([Object.keys(value), value['x'], value['a']], [['__proto__', 'a'], undefined, 2]);
  });
  check('nesting without end is an error and no crash', () => {
    for (const opening of ['[', '{"a":']) equal(thrownBy(opening.repeat(1_000_000)), 'JsonError');
    equal(thrownBy('['.repeat(257) + ']'.repeat(257)), 'JsonError');
    ok(Array.isArray(parseJson('['.repeat(256) + ']'.repeat(256))), 'a list');
  });
  return failed();
}
