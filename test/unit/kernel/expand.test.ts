// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Compressed, compressionOf, expandAll } from '../../../src/kernel/expand.ts';
import { ContentReader } from '../../../src/content.ts';
import type { Content } from '../../../src/file-tree.ts';
import { Assembly } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const text = 'all work and no play\n'.repeat(20_000);
/** `printf "$text" | xz --check=crc32 --lzma2=dict=1MiB`, as kernels compress their modules: Node reads no xz, nor writes it. */
const xz = Buffer.from(
  '/Td6WFoAAAFpIt42AgAhARAAAACocI6G5mifAJddADCbLEB3OQzz14jDS6oOCfPx0rZw+aU2u7pyOdjei90CgWqBq+nTXTbEBMByE3w+n8lhFFZ3fY2R71kkZllVKHcqLRPwOtc2+1cNrhFP3bb3vXq722pbiOvJ81Z9/QgulrrTX4+htSNCxoNKMRSmxFsg4FgrxV5Roue71Xjl9AF93J3ABphNmP3Yr9WQD8QlU/j1b4FYegAAAJvyXxsAAa8BoNEZAEyxX0w+MA2LAgAAAAABWVo=',
  'base64',
);
const formats = { gzip: gzipSync(text), zstd: zstdCompressSync(text), xz };

function compressed(data: Buffer, compression: Compressed['compression']): Compressed {
  return { name: 'a.ko', content: { kind: 'inline', data }, compression };
}

function read(content: Content | undefined): string {
  if (content?.kind !== 'range') throw new Error('expected a range');
  return readFileSync(content.file, 'utf8').slice(content.offset, content.offset + content.size);
}

test.each(Object.entries(formats))('%s is known by its first bytes', (name, data) => {
  using reader = new ContentReader();
  expect(compressionOf({ kind: 'inline', data }, reader)).toBe(name);
  expect(compressionOf({ kind: 'inline', data: data.subarray(1) }, reader)).toBeUndefined();
  expect(compressionOf({ kind: 'inline', data: data.subarray(0, 1) }, reader)).toBeUndefined();
});

test('several contents come out in one file of the cache, named by what is in it', async () => {
  const list = Object.entries(formats).map(([name, data]) => compressed(data, name as keyof typeof formats));
  const contents = await expandAll(list, text.length, assembly.ctx);
  expect(contents.map((content) => read(content) === text)).toEqual([true, true, true]);
  expect(readdirSync(join(assembly.ctx.cache, 'diff', 'sha256'))).toHaveLength(1);
  expect(readdirSync(join(assembly.ctx.cache, 'tmp'))).toEqual([]);
});

test.each(['gzip', 'zstd'] as const)(
  'an interrupted %s is said to be interrupted, and leaves nothing',
  async (name) => {
    const interrupted = AbortSignal.abort();
    const made = expandAll([compressed(formats[name], name)], text.length, { ...assembly.ctx, signal: interrupted });
    await expect(made).rejects.toMatchObject({ code: 'interrupted' });
    expect(readdirSync(join(assembly.ctx.cache, 'tmp'))).toEqual([]);
  },
);

test('a range of a file is decompressed where it lies', async () => {
  const file = join(assembly.folder, 'layer');
  writeFileSync(file, Buffer.concat([Buffer.alloc(100, 'x'), xz, Buffer.alloc(100, 'y')]));
  const content: Content = { kind: 'range', file, offset: 100, size: xz.length };
  const [made] = await expandAll([{ name: 'a.ko', content, compression: 'xz' }], text.length, assembly.ctx);
  expect(read(made) === text).toBe(true);
});

test.each([
  ['gzip', Buffer.concat([gzipSync('a'), gzipSync('b')])],
  ['zstd', Buffer.concat([zstdCompressSync('a'), zstdCompressSync('b')])],
] as const)('all members and frames of a %s are taken', async (name, data) => {
  const [made] = await expandAll([compressed(data, name)], 10, assembly.ctx);
  expect(read(made)).toBe('ab');
});

test.each(Object.entries(formats))('a damaged or truncated %s is an error that names the file', async (name, data) => {
  for (const bad of [data.subarray(0, data.length - 5), Buffer.concat([data.subarray(0, 12), data.subarray(30)])]) {
    const made = expandAll([compressed(bad, name as keyof typeof formats)], text.length, assembly.ctx);
    await expect(made).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringContaining(`decompressing "a.ko" (${name}, ${bad.length} bytes): `),
    });
  }
  expect(readdirSync(join(assembly.ctx.cache, 'tmp'))).toEqual([]);
});

test.each(Object.entries(formats))('a %s that unpacks to more than its limit is stopped', async (name, data) => {
  const made = expandAll([compressed(data, name as keyof typeof formats)], text.length - 1, assembly.ctx);
  await expect(made).rejects.toMatchObject({ code: 'size' });
  expect(readdirSync(join(assembly.ctx.cache, 'tmp'))).toEqual([]);
});

test('an interruption leaves nothing behind', async () => {
  const ctx = { ...assembly.ctx, signal: AbortSignal.abort() };
  await expect(expandAll([compressed(xz, 'xz')], text.length, ctx)).rejects.toMatchObject({ code: 'interrupted' });
  expect(readdirSync(join(assembly.ctx.cache, 'tmp'))).toEqual([]);
});
