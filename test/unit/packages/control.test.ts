// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { parseStanzas, relationNames } from '../../../src/packages/control.ts';

describe('control files', () => {
  it('are stanzas of fields without case, whose values go on in indented lines', () => {
    const text = 'Package: a\nDescription: short\n long\n .\n more\n\n\nPACKAGE: b\n# comment\nVersion: 1:2.0-3\n';
    expect(parseStanzas(text).map((stanza) => Object.fromEntries(stanza))).toEqual([
      { package: 'a', description: 'short\nlong\n.\nmore' },
      { package: 'b', version: '1:2.0-3' },
    ]);
  });

  it('may be empty, and a line without a colon says nothing', () => {
    expect(parseStanzas('\n \n')).toEqual([]);
    expect(parseStanzas('nonsense\n')).toEqual([]);
  });
});

describe('relationships', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['libc6 (>= 2.34)', [['libc6']]],
    ['a | b (= 1), c:any, d [amd64], e <!nocheck>', [['a', 'b'], ['c'], ['d'], ['e']]],
    ['a,\n b', [['a'], ['b']]],
  ])('%j names %j', (field, names) => {
    expect(relationNames(field)).toEqual(names);
  });
});
