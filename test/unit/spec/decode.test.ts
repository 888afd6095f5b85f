// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { decodeSpec } from '../../../src/spec/decode.ts';

test.each([
  ['UTF-8', Buffer.from('a: ü€😀')],
  ['UTF-8 with a mark', Buffer.from('\ufeffa: ü€😀')],
  ['UTF-16LE with a mark', Buffer.from('\ufeffa: ü€😀', 'utf16le')],
  ['UTF-16BE with a mark', Buffer.from('\ufeffa: ü€😀', 'utf16le').swap16()],
])('%s is read', (_what, bytes) => {
  expect(decodeSpec(bytes, 'os.yml')).toBe('a: ü€😀');
});

test('a replacement character that is written as such is text', () => {
  expect(decodeSpec(Buffer.from('a: \ufffd'), 'os.yml')).toBe('a: \ufffd');
});

test.each([
  ['a lone byte of Latin-1', [0x61, 0x3a, 0x20, 0xfc, 0x0a], '1:4', 'fc'],
  ['a continuation without a start', [0x0a, 0x61, 0x80], '2:2', '80'],
  ['an overlong form', [0xc0, 0xaf], '1:1', 'c0'],
  ['a surrogate', [0x61, 0xed, 0xa0, 0x80], '1:2', 'ed'],
  ['a cut character at the end', [0xc3, 0xbc, 0xe2, 0x82], '1:2', 'e2'],
  ['a bad byte after a mark', [0xef, 0xbb, 0xbf, 0x61, 0xff], '1:2', 'ff'],
  ['a bad byte after a replacement character', [0xef, 0xbf, 0xbd, 0x0a, 0xff], '2:1', 'ff'],
])('%s is an error at its place', (_what, bytes, place, byte) => {
  expect(() => decodeSpec(Uint8Array.from(bytes), 'os.yml')).toThrow(
    expect.objectContaining({
      code: 'spec',
      message: `os.yml:${place}: expected UTF-8 text, found the byte 0x${byte}`,
      hint: 'convert it, for example with `iconv -f latin1 -t utf-8 os.yml`',
    }),
  );
});
