// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { openLines } from '../../../../init/boot/sorted-lines.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const linesOf = (text: string) => openLines(new FakeSys().sys, new TextEncoder().encode(text));

describe('sorted lines', () => {
  const keys = Array.from({ length: 500 }, (_, i) => `k${(i * 7919) % 1000}`)
    .filter((key, i, all) => all.indexOf(key) === i)
    .sort();
  const lines = linesOf(`${keys.map((key) => `${key}\tvalue of ${key}`).join('\n')}\n`);

  test('are found by their keys', () => {
    for (const key of keys) expect(lines.find(key)).toBe(`${key}\tvalue of ${key}`);
  });

  test('are not found by what lies before, between and after the keys', () => {
    for (const key of ['', 'a', 'k', 'k5x', 'z', 'k1000']) expect(lines.find(key)).toBeUndefined();
  });

  test('may be one, or none, or lack the last newline', () => {
    expect(linesOf('a\t1\n').find('a')).toBe('a\t1');
    expect(linesOf('').find('a')).toBeUndefined();
    expect(linesOf('a\t1\nb\t2').find('b')).toBe('b\t2');
  });
});
