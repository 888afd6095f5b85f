// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { readFat } from '../../../../init/metadata/media/fat.ts';

const sector = 512;
const cluster = 4096;

/** A part of a long name: its number, the checksum of the short name, and up to thirteen characters. */
function part(order: number, checksum: number, text: string): Buffer {
  const record = Buffer.alloc(32, 0xff);
  record[0] = order;
  record[11] = 0x0f;
  record[12] = 0;
  record[13] = checksum;
  record.writeUInt16LE(0, 26);
  const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
  for (const [at, place] of places.entries())
    if (at <= text.length) record.writeUInt16LE(text.charCodeAt(at) || 0, place);
  return record;
}

/** A file of one cluster by its short name. */
function file(short: string): Buffer {
  const record = Buffer.alloc(32);
  record.write(short.padEnd(11), 'latin1');
  record.writeUInt16LE(2, 26);
  record.writeUInt32LE(5, 28);
  return record;
}

/** As Microsoft's document has it: each byte is added to the sum rotated by one bit. */
function checksum(short: string): number {
  let sum = 0;
  for (const byte of Buffer.from(short.padEnd(11), 'latin1')) sum = ((((sum << 7) | (sum >> 1)) & 0xff) + byte) & 0xff;
  return sum;
}

/** The entries of a file with a long name, last part first. */
function long(name: string, short: string): Buffer {
  const parts = Array.from({ length: Math.ceil(name.length / 13) }, (_, at) => name.slice(at * 13, at * 13 + 13));
  const records = parts.map((text, at) => part((at + 1) | (at === parts.length - 1 ? 0x40 : 0), checksum(short), text));
  return Buffer.concat([...records.reverse(), file(short)]);
}

/** A volume of FAT16 whose root folder has these records, and whose one file says "hello". */
function volume(...records: readonly Buffer[]) {
  const entries = 16_384;
  const tables = 32;
  const clusters = 5000;
  const root = (1 + tables) * sector;
  const image = Buffer.alloc(root + entries * 32 + cluster);
  image.writeUInt16LE(sector, 11);
  image[13] = cluster / sector;
  image.writeUInt16LE(1, 14);
  image[16] = 1;
  image.writeUInt16LE(entries, 17);
  image.writeUInt32LE((root + entries * 32) / sector + clusters * (cluster / sector), 32);
  image.writeUInt16LE(tables, 22);
  image.writeUInt16LE(0xaa55, 510);
  image.writeUInt16LE(0xffff, sector + 4);
  Buffer.concat(records).copy(image, root);
  image.write('hello', root + entries * 32);
  return readFat((offset, length) => new Uint8Array(image.subarray(offset, offset + length)));
}

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

describe('a long name of FAT', () => {
  test.each([
    'user-data',
    'exactly13char',
    'a name with many parts, which are stored last part first',
    'x'.repeat(255),
  ])('is put together: %s', (name) => expect(text(volume(long(name, 'SHORT~1'))?.read(name))).toBe('hello'));

  test.each([
    { name: 'has more than 255 characters', records: [long('x'.repeat(260), 'SHORT')] },
    { name: 'is of another entry', records: [part(0x41, checksum('OTHER'), 'user-data'), file('SHORT')] },
    {
      name: 'lacks a part',
      records: [part(0x42, checksum('SHORT'), 'data'), file('SHORT')],
    },
    {
      name: 'has a part twice',
      records: [
        part(0x42, checksum('SHORT'), 'c'),
        part(2, checksum('SHORT'), 'b'),
        part(1, checksum('SHORT'), 'a'),
        file('SHORT'),
      ],
    },
  ])('that $name gives way to the short one', ({ records }) => {
    const medium = volume(...records);
    expect(text(medium?.read('short'))).toBe('hello');
    for (const name of ['user-data', 'data', 'abc', 'abbc', 'x'.repeat(260)])
      expect(medium?.read(name)).toBeUndefined();
  });

  test('without an end takes no time and no memory', () => {
    const started = performance.now();
    const endless = Array.from({ length: 16_000 }, (_, at) => part((at % 63) + 1, checksum('SHORT'), 'x'.repeat(13)));
    expect(text(volume(part(0x7f, checksum('SHORT'), 'x'), ...endless, file('SHORT'))?.read('short'))).toBe('hello');
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

test('a file that ends before its length is an error and not a shorter file', () => {
  const record = file('USERDATA');
  record.writeUInt32LE(100_000, 28);
  expect(() => volume(record)?.read('userdata')).toThrow(
    'expected 100000 bytes, found 4096: the file system is damaged or cut off',
  );
});
