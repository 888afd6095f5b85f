// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpecs } from '../../../src/spec/parse.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

const wanted = 'expected keyset, or certificate and exactly one of key and command, found';

describe('secureboot', () => {
  test.each(['{keyset: k}', '{certificate: c, key: k}', '{certificate: c, command: [sign, -x]}', ''])(
    '%s is valid',
    (secureboot) => {
      expect(specMistakes(`secureboot: ${secureboot}\n`)).toEqual([]);
    },
  );

  test.each([
    ['{}', `1:13 secureboot: ${wanted} an empty map`],
    ['{keyset: k, key: l}', `1:25 secureboot.key: ${wanted} only "keyset", "key"`],
    ['{keyset: k, certificate: c}', `1:25 secureboot.certificate: ${wanted} only "keyset", "certificate"`],
    [
      '{certificate: c, key: k, command: [s]}',
      `1:38 secureboot.command: ${wanted} only "certificate", "key", "command"`,
    ],
    ['{certificate: c}', `1:13 secureboot: ${wanted} only "certificate"`],
    ['{key: k}', `1:13 secureboot: ${wanted} only "key"`],
    [
      '{certificate: c, command: []}',
      '1:39 secureboot.command: expected a list of a program and its arguments, found an empty list',
    ],
  ])('%s is one mistake', (secureboot, message) => {
    expect(specMistakes(`secureboot: ${secureboot}\n`)).toEqual([expect.stringContaining(message)]);
  });

  test('signs no system whose root is not verified', () => {
    expect(specMistakes('root: {verity: false}\nsecureboot: {keyset: k}\n')).toEqual([
      expect.stringContaining('1:16 root.verity: expected a verified root with "secureboot", found false'),
    ]);
    expect(specMistakes('root: {verity: true}\nsecureboot: {keyset: k}\n')).toEqual([]);
  });

  test('from a URL may name no command, since it would run here, but may be completed by a file', () => {
    const text = 'secureboot: {certificate: /c, command: [sign]}\n';
    const fromUrl = { name: 'https://x/os.yml', text, folder: undefined };
    expect(() => parseSpecs([fromUrl])).toThrow(
      'https://x/os.yml:1:40: secureboot.command: expected a key or no signing command in a spec from a URL',
    );
    const parsed = parseSpecs([
      { name: 'os.yml', text: 'secureboot: {certificate: c}\n', folder: '/a' },
      { name: 'own.yml', text: 'secureboot: {command: [sign]}\n', folder: '/a/b' },
    ]);
    expect(parsed.secureboot).toEqual({ certificate: 'c', command: ['sign'] });
  });

  test('of another folder has its paths rewritten', () => {
    const parsed = parseSpecs([
      { name: 'os.yml', text: 'init: []\n', folder: '/a' },
      { name: 'b/own.yml', text: 'secureboot: {keyset: k}\n', folder: '/a/b' },
    ]);
    expect(parsed.secureboot).toEqual({ keyset: './b/k' });
  });
});
