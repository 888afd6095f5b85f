// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { appendSections, readPeHeaders } from '../../../src/archive/pe.ts';
import { peDigests } from '../../../src/archive/pe-digests.ts';
import { efiProgram } from '../../support/efi-program.ts';

describe('reading an executable', () => {
  test('finds machine and sections', () => {
    expect(readPeHeaders(efiProgram('code'))).toMatchObject({
      machine: 0x8664,
      sections: [{ name: '.text', virtualAddress: 0x1000, virtualSize: 4, rawOffset: 512, rawSize: 512 }],
    });
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('a kernel'.repeat(100))],
    ['a program cut off in its headers', efiProgram('code').subarray(0, 200)],
    ['headers beyond the end', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(62, 0xff)])],
    ['a table of more sections than there is', withField(efiProgram('code'), 0x46, 0xffff)],
    ['a 32-bit program', withField(efiProgram('code'), 0x58, 0x10b)],
  ])('does not take %s for one', (_, bytes) => {
    expect(readPeHeaders(bytes)).toBeUndefined();
  });
});

describe('appending sections', () => {
  const sections = [
    { name: '.one', size: 1 },
    { name: '.two', size: 5000 },
  ];

  test('puts each on pages of its own behind what is mapped, and its bytes behind the file', () => {
    const { head, added, size } = appendSections(efiProgram('code'), sections);
    expect(added).toEqual([
      { name: '.one', virtualAddress: 0x2000, virtualSize: 1, rawOffset: 1024, rawSize: 512 },
      { name: '.two', virtualAddress: 0x3000, virtualSize: 5000, rawOffset: 1536, rawSize: 5120 },
    ]);
    expect([head.length, size]).toEqual([1024, 1536 + 5120]);
    expect(readPeHeaders(head)?.sections.slice(1)).toEqual(added);
  });

  test('moves contents back where the table has no room, and they stay what they were', () => {
    const many = Array.from({ length: 10 }, (_, index) => ({ name: `.n${index}`, size: 10 }));
    const { head, added } = appendSections(efiProgram('code'), many);
    const read = readPeHeaders(head);
    expect(read).toMatchObject({ sizeOfHeaders: 1024 });
    expect(read?.sections).toHaveLength(11);
    expect(read?.sections[0]).toMatchObject({ rawOffset: 1024 });
    expect(head.toString('latin1', 1024, 1028)).toBe('code');
    expect(added[0]).toMatchObject({ rawOffset: head.length });
  });

  test('leaves out symbols that lie behind the sections', () => {
    const program = Buffer.concat([efiProgram('code'), Buffer.from('symbols')]);
    program.writeUInt32LE(1024, 0x4c);
    program.writeUInt32LE(1, 0x50);
    const { head } = appendSections(program, sections);
    expect([head.readUInt32LE(0x4c), head.readUInt32LE(0x50)]).toEqual([0, 0]);
    expect(head.includes('symbols')).toBe(false);
  });

  test('is refused where the result could not be addressed, or a signature would break', () => {
    expect(() => appendSections(efiProgram('code'), [{ name: '.huge', size: 2 ** 32 }])).toThrow('4 GiB');
    expect(() => appendSections(withField(efiProgram('code'), 0x58 + 112 + 32, 1), sections)).toThrow('signature');
    expect(() => appendSections(Buffer.from('text'), sections)).toThrow('64-bit executable');
  });
});

describe('digests of an executable', () => {
  const whole = efiProgram(randomBytes(3_000_000));
  const headers = readPeHeaders(whole);
  if (headers === undefined) throw new Error('no executable');

  /** By the words of the specification, one after the other. */
  function plainChecksum(file: Buffer): number {
    let sum = 0;
    for (let at = 0; at < file.length; at += 2) {
      sum += file.readUInt16LE(at);
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum + file.length;
  }

  test.each([512, 65_536, 1 << 20, whole.length])('do not depend on chunks of %i bytes', async (length) => {
    const chunks = Array.from({ length: Math.ceil(whole.length / length) }, (_, index) =>
      whole.subarray(index * length, (index + 1) * length),
    );
    const { checksum, authenticode } = await peDigests(chunks, headers);
    expect(checksum).toBe(plainChecksum(whole));
    const { checksumOffset, certificateEntryOffset } = headers;
    const hash = createHash('sha256')
      .update(whole.subarray(0, checksumOffset))
      .update(whole.subarray(checksumOffset + 4, certificateEntryOffset))
      .update(whole.subarray(certificateEntryOffset + 8));
    expect(authenticode).toBe(hash.digest('hex'));
  });

  test('are the same for chunks that lie at odd places of the memory', async () => {
    const odd = Buffer.alloc(whole.length + 1);
    whole.copy(odd, 1);
    expect(await peDigests([odd.subarray(1)], headers)).toEqual(await peDigests([whole], headers));
  });
});

function withField(file: Buffer, offset: number, value: number): Buffer {
  file.writeUInt16LE(value, offset);
  return file;
}
