// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { JsonError, parseJson, stringifyJson } from '../../../init/json.ts';

describe('reading JSON', () => {
  test.each([
    ['18446744073709551615', 18_446_744_073_709_551_615n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['9007199254740991', 9_007_199_254_740_991],
    ['-0', -0],
    ['1e3', 1000],
    ['12.5', 12.5],
    ['1e400', Infinity],
  ])('the number %s keeps its value', (text, value) => {
    expect(parseJson(text)).toBe(value);
  });

  test.each(['"\\u00e9\\ud83d\\ude00"', '"\\/\\b"', '"\\\\"', '"a\\\\\\"b"'])(
    'the escapes of %s are decoded',
    (text) => {
      expect(parseJson(text)).toBe(JSON.parse(text));
    },
  );

  // With an integer that the engine's reader would round, so that ours reads the text, and without.
  test.each(['1', '18446744073709551615'])('"__proto__" is a key like any other beside %s', (number) => {
    const value = parseJson(`{"__proto__": {"x": 1}, "n": ${number}}`) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'n']);
    expect(value['x']).toBeUndefined();
  });

  test('both readers give the same for the same text', () => {
    const value = { a: [1, 'x"\\\n\u2028é😀', null, true, false, [], {}], '': { b: '\\', c: -1.5e-3 } };
    const text = JSON.stringify(value, null, 2);
    expect(parseJson(`[${text}, 18446744073709551615]`)).toEqual([value, 18_446_744_073_709_551_615n]);
    expect(parseJson(text)).toEqual(value);
  });

  test('the last of repeated keys counts', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  test.each([
    ['', 1, 1, 'expected a value, found the end'],
    ['{"a": 1,}', 1, 9, 'expected a key in quotes, found "}"'],
    ['{\n  "a" 1}', 2, 7, 'expected ":", found "1"'],
    ['[1 2]', 1, 4, 'expected "," or "]", found "2"'],
    ['[1]\n x', 2, 2, 'expected the end, found "x"'],
    ['[01]', 1, 3, 'expected "," or "]", found "1"'],
    ['[+1]', 1, 2, 'expected a value, found "+"'],
    ['[nul]', 1, 2, 'expected a value, found "n"'],
    ['["a', 1, 2, 'this string does not end'],
    ['["\\x"]', 1, 2, 'this string has a control character or an escape that JSON does not know'],
    ['["a\nb"]', 1, 2, 'this string has a control character or an escape that JSON does not know'],
  ])('%j is refused at its place', (text, line, column, problem) => {
    const error = failure(() => parseJson(text));
    expect(error.message).toBe(`line ${line}, column ${column}: ${problem}`);
    expect([error.line, error.column]).toEqual([line, column]);
  });

  test('deep nesting ends in an error and not in a full stack', () => {
    expect(failure(() => parseJson('['.repeat(1_000_000))).message).toContain('expected at most 256 levels');
    expect(parseJson('['.repeat(256) + ']'.repeat(256))).toBeInstanceOf(Array);
    expect(failure(() => parseJson('{"a":[[]]}', { depth: 2 })).message).toContain('expected at most 2 levels');
  });

  test('a text above the size limit is not read', () => {
    expect(failure(() => parseJson('[1, 2]', { size: 5 })).message).toContain('expected at most 5 characters, found 6');
  });

  test('an integer of absurd length is refused', () => {
    expect(failure(() => parseJson('9'.repeat(65))).message).toContain('at most 64 digits');
  });
});

function failure(run: () => unknown): JsonError {
  try {
    run();
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  throw new Error('expected a JsonError, nothing was thrown');
}

describe('writing JSON', () => {
  const value = { a: [1, 'x\n"', null, { b: undefined, c: {} }, []], d: true };

  test('values come out as JSON.stringify writes them', () => {
    expect(stringifyJson(value)).toBe(JSON.stringify(value));
    expect(stringifyJson(value, 2)).toBe(JSON.stringify(value, null, 2));
  });

  test('bigints keep all digits there and back', () => {
    const text = stringifyJson({ limit: 0xffff_ffff_ffff_ffffn });
    expect(text).toBe('{"limit":18446744073709551615}');
    expect(parseJson(text)).toEqual({ limit: 0xffff_ffff_ffff_ffffn });
  });
});
