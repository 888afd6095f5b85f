// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CpioHeader, CpioReader } from '../../../src/archive/cpio-reader.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What is read of archives that come in pieces of `size` bytes. */
function read(
  data: Buffer,
  size: number,
  single = false,
): { rows: string[]; archives: number; unused: number; atRest: boolean } {
  const rows: string[] = [];
  let [archives, unused] = [0, 0];
  let [current, content]: [CpioHeader | undefined, Buffer[]] = [undefined, []];
  const reader = new CpioReader({
    entry: (header) => {
      [current, content] = [header, []];
      return (chunk) => void content.push(Buffer.from(chunk));
    },
    end: () =>
      void rows.push(`${current?.path} ${current?.mode.toString(8)} ${Buffer.concat(content).toString('latin1')}`),
    archiveEnd: () => void (archives += 1),
  });
  for (let at = 0; at < data.length; at += size) {
    unused = reader.push(data.subarray(at, at + size), single);
    if (unused > 0) {
      unused += data.length - Math.min(data.length, at + size);
      break;
    }
  }
  return { rows, archives, unused, atRest: reader.atRest };
}

/** GNU cpio's archive of a folder. */
function gnuCpio(folder: string, paths: readonly string[]): Buffer {
  return execFileSync('cpio', ['--create', '--format=newc', '--quiet', '--reproducible'], {
    cwd: folder,
    input: `${paths.join('\n')}\n`,
  });
}

function sample(folder: string): Buffer {
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/one'), 'x');
  writeFileSync(join(folder, 'd/größe'), 'abcdefg');
  writeFileSync(join(folder, 'empty'), '');
  linkSync(join(folder, 'd/one'), join(folder, 'd/two'));
  symlinkSync('d/one', join(folder, 'link'));
  return gnuCpio(folder, ['d', 'd/one', 'd/two', 'd/größe', 'empty', 'link']);
}

const name = Buffer.from('größe').toString('latin1');

describe("GNU cpio's archive", () => {
  test.each([1, 3, 110, 111, 4096, 1 << 20])('is read whole in pieces of %i bytes', (size) => {
    using folder = temporaryFolder();
    const found = read(sample(folder.path), size);
    expect(found.rows).toEqual([
      'd 40755 ',
      // Of hard links the last one has the content.
      'd/one 100644 ',
      'd/two 100644 x',
      `d/${name} 100644 abcdefg`,
      'empty 100644 ',
      'link 120777 d/one',
    ]);
    expect(found).toMatchObject({ archives: 1, atRest: true });
  });

  test('may be followed by zeros and another one', () => {
    using folder = temporaryFolder();
    const archive = sample(folder.path);
    const found = read(Buffer.concat([archive, Buffer.alloc(9), archive]), 50);
    expect(found.archives).toBe(2);
    expect(found.rows).toHaveLength(12);
  });

  test('alone leaves to others what comes behind it', () => {
    using folder = temporaryFolder();
    const archive = sample(folder.path);
    const end = archive.indexOf('TRAILER!!!') + 'TRAILER!!!\0'.length;
    const found = read(Buffer.concat([archive.subarray(0, end), Buffer.from('\0\0\0(zstd')]), 64, true);
    expect(found).toMatchObject({ archives: 1, unused: 8 });
  });

  test('that is cut short is not at rest', () => {
    using folder = temporaryFolder();
    const archive = sample(folder.path);
    expect(read(archive.subarray(0, 300), 1000).atRest).toBe(false);
  });
});

test.each([
  ['the old format', Buffer.from(`070707${'0'.repeat(110)}`), /expected a newc header, found "070707"/],
  ['a letter in a number', Buffer.from(`070701${'0'.repeat(95)}G${'0'.repeat(8)}`), /eight hex digits/],
  [
    'a name without end',
    Buffer.from(`070701${'0'.repeat(88)}${'F'.repeat(8)}${'0'.repeat(8)}`),
    /a name of 4294967295 bytes/,
  ],
])('%s is refused', (_, data, message) => {
  expect(() => read(data, data.length)).toThrow(message);
});
