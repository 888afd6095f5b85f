// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { filteredImage, filterImage } from '../../../src/assemble/image-filter.ts';
import { directory, inlineFile, symlink } from '../../../src/inodes.ts';
import { type Bytes, bytesOf, type Inode } from '../../../src/file-tree.ts';
import { Assembly, at, epoch, pathsOf, textAt } from '../../support/assembly.ts';

function filtered(entries: Readonly<Record<string, Inode>>): Map<Bytes, Inode> {
  const tree = new Map(Object.entries({ '': directory(0), ...entries }).map(([path, inode]) => [bytesOf(path), inode]));
  return filterImage(tree, { kind: 'stub' }, epoch);
}

test('an empty image gets the mount points and files that every container finds', () => {
  const tree = filterImage(new Map(), { kind: 'stub' }, epoch);
  expect(pathsOf(tree)).toEqual([
    '',
    'dev',
    'dev/pts',
    'dev/shm',
    'etc',
    'etc/hosts',
    'etc/mtab',
    'etc/resolv.conf',
    'proc',
    'sys',
  ]);
  expect(at(tree, 'etc/mtab')).toMatchObject({ type: 'symlink', target: '/proc/mounts' });
  expect(textAt(tree, 'etc/hosts')).toMatch(/^127\.0\.0\.1 localhost\n/);
  expect([...tree.values()].every((inode) => inode.mtime === epoch && inode.uid === 0)).toBe(true);
});

test("what engines leave behind is dropped, and what they would hide is the build's", () => {
  const tree = filtered({
    '.dockerenv': inlineFile(0, ''),
    Dockerfile: inlineFile(0, 'FROM x'),
    dev: directory(0),
    'dev/console': inlineFile(0, ''),
    'dev/pts': directory(0),
    'dev/pts/0': inlineFile(0, ''),
    'dev/shm': symlink(0, '/run/shm'),
    etc: directory(0, 0o700),
    'etc/hostname': inlineFile(0, 'buildkitsandbox'),
    'etc/hosts': inlineFile(0, '172.17.0.2 buildkitsandbox'),
    'etc/resolv.conf': symlink(0, '../run/systemd/resolve/stub-resolv.conf'),
    'etc/mtab': inlineFile(0, 'kept'),
    'etc/passwd': inlineFile(0, 'kept'),
  });
  for (const path of ['.dockerenv', 'Dockerfile', 'dev/console', 'dev/pts/0', 'etc/hostname']) {
    expect(pathsOf(tree)).not.toContain(path);
  }
  expect(at(tree, 'dev/shm').type).toBe('directory');
  expect(textAt(tree, 'etc/hosts')).toContain('localhost');
  expect(textAt(tree, 'etc/resolv.conf')).toContain('# bind');
  expect(textAt(tree, 'etc/mtab')).toBe('kept');
  expect(at(tree, 'etc').mode).toBe(0o700);
});

test('an image whose /etc or /dev is a link is left as it is there', () => {
  const tree = filtered({ etc: symlink(0, 'usr/etc'), dev: symlink(0, 'nowhere') });
  expect(pathsOf(tree)).toEqual(['', 'dev', 'etc', 'proc', 'sys']);
});

test('a Dockerfile in a folder is nobody else’s business', () => {
  const tree = filtered({ src: directory(0), 'src/Dockerfile': inlineFile(0, 'FROM x') });
  expect(textAt(tree, 'src/Dockerfile')).toBe('FROM x');
});

test('the key of a filtered image follows from the image and the epoch without loading it', () => {
  using assembly = new Assembly();
  const { tree } = assembly.image('a', [{ name: 'x', data: '1' }]);
  const other = assembly.image('b', [{ name: 'x', data: '2' }]).tree;
  const unloadable = { ...tree, load: () => Promise.reject(new Error('loaded')) };
  expect(filteredImage(unloadable, epoch).key).toBe(filteredImage(tree, epoch).key);
  expect(filteredImage(other, epoch).key).not.toBe(filteredImage(tree, epoch).key);
  expect(filteredImage(tree, epoch + 1).key).not.toBe(filteredImage(tree, epoch).key);
});
