// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InitrdFile } from '../../../src/archive/initrd-parts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** How many bytes the first part of a file unpacks to, and where it ends. */
async function readFirst(data: Buffer, signal: AbortSignal): Promise<{ size: number; end: number }> {
  using folder = temporaryFolder();
  const path = join(folder.path, 'initrd.img');
  writeFileSync(path, data);
  await using file = await InitrdFile.open(path);
  const part = file.partAt(0);
  if (part === undefined) throw new Error('the file has no part');
  let size = 0;
  const end = await file.read(part, (chunk) => ((size += chunk.length), 0), signal);
  return { size, end };
}

const unaborted = new AbortController().signal;
const size = 40 * 1024 * 1024;
const bomb = gzipSync(Buffer.alloc(size));

describe('a part that is compressed with gzip', () => {
  test('ends where its stream does, whatever zeros follow', async () => {
    const data = Buffer.concat([bomb, Buffer.alloc(300_000)]);
    expect(await readFirst(data, unaborted)).toEqual({ size, end: bomb.length });
  });

  test.each([
    ['is damaged', Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.from('garbage')]), /gzip: .*\(Z_DATA_ERROR\)/],
    ['is cut off', bomb.subarray(0, -100), /gzip: the stream ends early/],
  ])('and %s is a named error', async (_, data, message) => {
    await expect(readFirst(data, unaborted)).rejects.toMatchObject({
      code: 'archive',
      message: expect.stringMatching(message),
    });
  });

  test('can be interrupted', async () => {
    await expect(readFirst(bomb, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
