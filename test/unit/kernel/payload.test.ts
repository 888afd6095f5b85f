// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decompressKernel } from '../../../src/kernel/payload.ts';
import { readContent } from '../../../src/content.ts';
import { TskitError } from '../../../src/errors.ts';
import { Assembly } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

/** More than one LZ4 block, with runs, repetitions at a distance and what does not compress. */
const kernel = Buffer.concat([
  Buffer.from('\x7fELF', 'latin1'),
  Buffer.alloc(9 << 20, 'all work and no play '),
  randomBytes(300_000),
  Buffer.alloc(100_000),
]);

/** The compressors much as the kernel's build calls them (scripts/Makefile.lib); zstd -22 has this window too, and takes long. */
const compressors: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  gzip: ['gzip', '-n', '-9'],
  xz: ['xz', '--check=crc32', '--x86', '--lzma2=dict=32MiB'],
  zstd: ['zstd', '-1', '--long=27', '-c'],
  lz4: ['lz4', '-l', '-9', '-c'],
};

function compress(name: string, bytes = kernel): Buffer {
  const [program, ...args] = compressors[name] ?? ['false'];
  return execFileSync(program, args, { input: bytes, maxBuffer: 1 << 26 });
}

/** A bzImage with this payload; `patch` makes it another one. */
function bzImage(payload: Buffer, patch: (header: Buffer) => void = () => {}): Buffer {
  const setup = Buffer.alloc(512 * 3);
  setup[0x1f1] = 2;
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x020f, 0x206);
  setup.writeUInt32LE(100, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  patch(setup);
  return Buffer.concat([setup, Buffer.alloc(100), payload, Buffer.alloc(77)]);
}

/** As the kernel's build does for all but gzip. */
function withSize(bytes: Buffer, size = kernel.length): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(size);
  return Buffer.concat([bytes, field]);
}

async function decompressed(data: Buffer): Promise<Buffer> {
  return readContent(await decompressKernel({ kind: 'inline', data }, 'kernel of k', assembly.ctx), 1 << 26);
}

describe('the kernel inside a bzImage is found and decompressed', () => {
  test.each(Object.keys(compressors))('when it is compressed by %s', async (name) => {
    const bytes = compress(name);
    expect((await decompressed(bzImage(name === 'gzip' ? bytes : withSize(bytes)))).equals(kernel)).toBe(true);
  });
});

test.each(Object.keys(compressors))('a file that is a kernel compressed by %s is decompressed', async (name) => {
  expect((await decompressed(compress(name))).equals(kernel)).toBe(true);
});

test('a kernel that is not compressed stays as it is, and the build says so', async () => {
  expect((await decompressed(kernel)).equals(kernel)).toBe(true);
  expect(assembly.notes).toEqual(['--decompress-kernel: "kernel of k" is not compressed, it is written as it is']);
});

const whatCanBe = 'expected a kernel compressed with gzip, xz, zstd or LZ4, found';
test.each<[string, () => Buffer, string, string]>([
  ['bzip2', () => bzImage(Buffer.from('BZh91AY&SY.......')), 'format', `${whatCanBe} bzip2`],
  ['LZO', () => bzImage(Buffer.from('894c5a4f000d0a1a0a', 'hex')), 'format', `${whatCanBe} LZO`],
  ['LZMA', () => bzImage(Buffer.from('5d00008000ffffffff', 'hex')), 'format', `${whatCanBe} LZMA`],
  [
    'something unknown',
    () => bzImage(Buffer.from('0123456789')),
    'format',
    `${whatCanBe} a payload that begins with 3031323334353637`,
  ],
  ['no kernel', () => Buffer.from('#!/bin/sh'), 'format', `${whatCanBe} a file that begins with 23212f62696e2f73`],
  ['an empty file', () => Buffer.alloc(0), 'format', `${whatCanBe} a file that begins with `],
  [
    'an old boot protocol',
    () => bzImage(compress('gzip'), (header) => header.writeUInt16LE(0x0207, 0x206)),
    'format',
    'a bzImage of boot protocol 2.7, which has no payload',
  ],
  [
    'a payload beyond the file',
    () => bzImage(compress('gzip'), (header) => header.writeUInt32LE(1 << 30, 0x24c)),
    'archive',
    'expected a payload of 1073741824 bytes',
  ],
  [
    'another size than the kernel says',
    () => bzImage(withSize(compress('zstd'), 5)),
    'archive',
    `expected 5 bytes as the kernel says, found ${kernel.length}`,
  ],
])('%s is an error that says what was found', async (_, make, code, message) => {
  await expect(decompressed(make())).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

describe('damaged LZ4 is an error', () => {
  const small = Buffer.from('abcdabcdabcdabcdabcdabcdabcdabcd-and-an-end');
  const frame = () => compress('lz4', small);
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut in a block', (bytes) => bytes.subarray(0, -3)],
    ['cut in the size of a block', (bytes) => bytes.subarray(0, 6)],
    ['with a block of 4 GiB', (bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(4, 0xff)])],
    ['with a match before the beginning', () => Buffer.from('02214c1805000000104101000000', 'hex')],
    ['with a match of distance 0', () => Buffer.from('02214c18040000001041000000', 'hex')],
    ['with a length that never ends', () => Buffer.from('02214c1803000000f0ffff', 'hex')],
  ])('%s', async (_, damage) => {
    await expect(decompressed(damage(frame()))).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringMatching(/^decompressing "kernel of k" \(lz4, \d+ bytes\): lz4: the stream is damaged/),
    });
  });

  test('with whatever byte changed, there is an end', async () => {
    const bytes = frame();
    for (let at = 8; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const outcome = await decompressed(changed).then(
        () => 'archive',
        (error: unknown) => (error instanceof TskitError ? error.code : error),
      );
      expect(outcome).toBe('archive');
    }
  });
});
