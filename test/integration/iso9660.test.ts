// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileTree, Inode } from '../../src/file-tree.ts';
import { writeIsoFile } from '../support/iso-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree, type TreeRows } from '../support/tree-rows.ts';
import { directory, file, symlink, treeOf } from '../support/trees.ts';

const epoch = 1_600_000_000;
const owned = { uid: 0, gid: 0, mtime: 1_000_000_000 } as const;

/** What xorriso unpacks, as root with owners, modes and times. */
function unpack(tree: FileTree, folder: string): TreeRows {
  const image = join(folder, 'test.iso');
  writeIsoFile(image, tree, epoch);
  const out = join(folder, 'out');
  execFileSync('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/', out], { stdio: 'ignore' });
  return rowsOfFolder(out);
}

function listing(image: string): string {
  return execFileSync('xorriso', ['-indev', image, '-find', '/', '-exec', 'lsdl'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TZ: 'UTC' },
  });
}

describe('an ISO 9660 file system', () => {
  test('is unpacked by xorriso with the same names, contents, owners, modes and times', () => {
    using folder = temporaryFolder();
    const entries: Record<string, Inode> = {
      'set-uid': file('', { mode: 0o4755, uid: 70_000, gid: 4_294_967_000 }),
      sticky: directory({ mode: 0o1777 }),
      'sticky/two\u00e9.parts.of.it': file('x'.repeat(5000)),
      'sticky/TWO\u00e9.parts.of.it': file('differs in case'),
      'sticky/.hidden': file('h'),
      'sticky/ with space': file('s'),
      [`sticky/${'n'.repeat(255)}`]: file('long name'),
      [`sticky/${'n'.repeat(254)}m`]: file('another'),
    };
    let deep = 'deep';
    entries[deep] = directory();
    for (let depth = 0; depth < 12; depth += 1) entries[(deep += `/level-${depth}`)] = directory({ uid: depth });
    entries[`${deep}/leaf`] = file('leaf');
    for (let index = 0; index < 400; index += 1)
      entries[`sticky/one of so many names, number ${index}.txt`] = file(`${index}`);
    const tree = treeOf(entries);
    expect(unpack(tree, folder.path)).toEqual(rowsOfTree(tree));
  });

  test('has symbolic links of any length and form', () => {
    using folder = temporaryFolder();
    const targets = {
      absolute: '/usr/lib',
      root: '/',
      dots: '../.././x',
      trailing: 'a/b/',
      long: `${'p'.repeat(255)}/${'q'.repeat(255)}/${'r'.repeat(200)}`,
    };
    const tree = treeOf(Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, symlink(target)])));
    const rows = unpack(tree, folder.path);
    for (const [name, target] of Object.entries(targets)) expect(rows.get(name)).toContain(target);
  });

  test('has devices, pipes and link counts', () => {
    using folder = temporaryFolder();
    const image = join(folder.path, 'test.iso');
    const hard = file('one content');
    const tree = treeOf({
      null: { type: 'char', mode: 0o666, ...owned, major: 1, minor: 3 },
      sda5: { type: 'block', mode: 0o660, ...owned, gid: 6, major: 8, minor: 5 },
      pipe: { type: 'fifo', mode: 0o600, ...owned },
      first: hard,
      second: hard,
      folder: directory(),
      'folder/below': directory(),
    });
    writeIsoFile(image, tree, epoch);
    const lines = listing(image).split('\n');
    const line = (name: string): string | undefined => lines.find((text) => text.endsWith(` '/${name}'`));
    expect(line('null')).toMatch(/^crw-rw-rw- .* 1,3 /);
    expect(line('sda5')).toMatch(/^brw-rw---- .* 6 +8,5 /);
    expect(line('pipe')).toMatch(/^prw------- /);
    const records = execFileSync('isoinfo', ['-R', '-l', '-i', image], { encoding: 'utf8' });
    const extents = [...records.matchAll(/^-rw-r--r-- +2 .*\[ *(\d+) 00\] +(?:first|second) /gm)].map(([, at]) => at);
    expect(extents).toHaveLength(2);
    expect(new Set(extents).size).toBe(1);
    expect(records).toMatch(/^drwxr-xr-x +3 .* folder /m);
    expect(records).toMatch(/^drwxr-xr-x +2 .* below /m);
  });

  test('holds a file of more than 4 GiB', () => {
    using folder = temporaryFolder();
    const image = join(folder.path, 'test.iso');
    const size = 5 * 2 ** 30 + 1;
    const tree = treeOf({
      huge: { type: 'file', mode: 0o644, ...owned, content: { kind: 'range', file: '/nonexistent', offset: 0, size } },
      small: file('after it'),
    });
    writeIsoFile(image, tree, epoch, 1 << 20);
    expect(listing(image)).toMatch(new RegExp(` ${size} .*'/huge'`));
    const out = join(folder.path, 'small');
    execFileSync('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/small', out], { stdio: 'ignore' });
    expect(readFileSync(out, 'utf8')).toBe('after it');
  });

  test('clamps times to the build date', () => {
    using folder = temporaryFolder();
    const rows = unpack(
      treeOf({ later: file('', { mtime: epoch + 5 }), earlier: file('', { mtime: 1 }) }),
      folder.path,
    );
    expect(rows.get('later')).toContain(`@${epoch} `);
    expect(rows.get('earlier')).toContain('@1 ');
  });
});
