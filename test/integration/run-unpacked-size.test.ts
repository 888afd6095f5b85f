// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readUnpackedSize } from '../../src/qemu/unpacked-size.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const size = { bytes: 123_456, memoryMiB: 200 };

/** A newc archive with one file, by GNU cpio. */
function archive(folder: string, path: string, text: string): Buffer {
  const root = join(folder, 'root');
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  return execFileSync('cpio', ['--create', '--format=newc', '--quiet'], { cwd: root, input: `${path}\n` });
}

async function sizeIn(make: (folder: string) => Buffer): Promise<unknown> {
  using folder = temporaryFolder();
  const file = join(folder.path, 'initrd');
  writeFileSync(file, make(folder.path));
  return await readUnpackedSize(file);
}

const record = (folder: string, text = JSON.stringify(size)): Buffer =>
  archive(folder, 'etc/tskit/unpacked.json', text);

describe('what an initrd says of its unpacked size', () => {
  test.each<[string, (folder: string) => Buffer]>([
    ['zstd', (folder) => zstdCompressSync(record(folder))],
    ['gzip', (folder) => gzipSync(record(folder))],
    [
      'zstd behind microcode',
      (folder) =>
        Buffer.concat([
          archive(folder, 'kernel/x86/microcode/GenuineIntel.bin', 'microcode'),
          zstdCompressSync(record(folder)),
        ]),
    ],
    [
      'zstd before other segments',
      (folder) => Buffer.concat([zstdCompressSync(record(folder)), zstdCompressSync(archive(folder, 'other', 'text'))]),
    ],
  ])('is read from %s', async (_, make) => {
    expect(await sizeIn(make)).toEqual(size);
  });

  test.each<[string, (folder: string) => Buffer]>([
    ['an empty file', () => Buffer.alloc(0)],
    ['a few bytes', () => Buffer.from('07')],
    ['no archive', () => Buffer.alloc(10_000, 'x')],
    ['an archive without it', (folder) => zstdCompressSync(archive(folder, 'other', 'text'))],
    ['a plain archive', (folder) => record(folder)],
    ['a cut frame', (folder) => zstdCompressSync(record(folder)).subarray(0, 60)],
    ['a frame of no archive', () => zstdCompressSync(Buffer.alloc(5000, 'x'))],
    ['what is no JSON', (folder) => zstdCompressSync(record(folder, '{"bytes":'))],
    ['JSON of another shape', (folder) => zstdCompressSync(record(folder, '{"bytes":"many","memoryMiB":-1}'))],
    ['JSON null', (folder) => zstdCompressSync(record(folder, 'null'))],
  ])('is nothing for %s', async (_, make) => {
    expect(await sizeIn(make)).toBeUndefined();
  });
});
