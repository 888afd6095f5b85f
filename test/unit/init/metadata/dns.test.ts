// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { encodeQuestion, parseAnswer, parseResolvConf } from '../../../../init/metadata/http/dns.ts';

const question = encodeQuestion(0x1234, 'metadata.example.com');
/** A name that points to the one of the question. */
const pointer = [0xc0, 12];

function answer(code: number, records: readonly (readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array([...question, ...records.flat()]);
  bytes.set([0x81, 0x80 | code], 2);
  bytes.set([0, records.length], 6);
  return bytes;
}

/** Of the internet, for a minute; and the first byte of a length. */
const classAndLife = [0, 1, 0, 0, 0, 60, 0];

const record = (type: number, data: readonly number[]): number[] => [
  ...pointer,
  0,
  type,
  ...classAndLife,
  data.length,
  ...data,
];

describe('a name server', () => {
  test('is asked for the addresses of a name', () => {
    expect(Buffer.from(question).toString('latin1')).toBe(
      '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08metadata\x07example\x03com\x00\x00\x01\x00\x01',
    );
    expect(() => encodeQuestion(1, 'a..b')).toThrow('expected a name of a host, found "a..b"');
  });

  test('gives an address, after the name that it stands for', () => {
    const bytes = answer(0, [record(5, [1, 97, ...pointer]), record(1, [192, 0, 2, 7])]);
    expect(parseAnswer(bytes, 0x1234)).toEqual({ address: '192.0.2.7' });
  });

  test.each([
    { bytes: answer(3, []), failure: 'there is no such name' },
    { bytes: answer(2, []), failure: 'the name server answered with code 2' },
    { bytes: answer(0, [record(28, [])]), failure: 'the name has no IPv4 address' },
    { bytes: answer(0, [[...pointer, 0]]), failure: 'the answer of the name server breaks off' },
    { bytes: answer(0, [[64, 1]]), failure: 'the answer of the name server breaks off' },
  ])('may not: $failure', ({ bytes, failure }) => expect(parseAnswer(bytes, 0x1234)).toEqual({ failure }));

  test('that answers something else is not heard', () => {
    expect(parseAnswer(answer(0, [record(1, [192, 0, 2, 7])]), 0x4321)).toBeUndefined();
    expect(parseAnswer(question, 0x1234)).toBeUndefined();
    expect(parseAnswer(new Uint8Array(3), 0x1234)).toBeUndefined();
  });

  test('is found in resolv.conf', () => {
    const text = '# dhcp\nsearch example.com other\nnameserver 10.0.2.3\nnameserver fe80::1\n nameserver\t10.0.2.4\n';
    expect(parseResolvConf(text)).toEqual({ servers: ['10.0.2.3', '10.0.2.4'], domain: 'example.com' });
  });
});
