// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { globPattern } from '../../../src/packages/glob.ts';

describe('a glob', () => {
  it.each([
    ['boot/vmlinuz-*', 'boot/vmlinuz-6.1.0-1', true],
    ['boot/vmlinuz-*', 'boot/vmlinuz-6/x', false],
    ['usr/**/x', 'usr/a/b/x', true],
    ['usr/lib?', 'usr/lib6', true],
    ['usr/lib?', 'usr/lib/', false],
    ['a.b+c(d)[e]{f}^$|', 'a.b+c(d)[e]{f}^$|', true],
    ['a.b', 'axb', false],
    ['*', 'with\nnewline', true],
  ])('%j and %j: %s', (glob, text, matches) => {
    expect(globPattern(glob).test(text)).toBe(matches);
  });
});
