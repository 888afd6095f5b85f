// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { directory, inlineFile, symlink } from '../../../src/inodes.ts';
import { mergeTree, type Precedence } from '../../../src/assemble/merge.ts';
import { type Bytes, bytesOf, type Inode } from '../../../src/file-tree.ts';
import { at, pathsOf, textAt } from '../../support/assembly.ts';

function tree(entries: Readonly<Record<string, Inode>>): Map<Bytes, Inode> {
  return new Map(Object.entries({ '': directory(0), ...entries }).map(([path, inode]) => [bytesOf(path), inode]));
}

function merged(
  first: Readonly<Record<string, Inode>>,
  second: Readonly<Record<string, Inode>>,
  precedence: Precedence = 'added',
): Map<Bytes, Inode> {
  const root = tree(first);
  mergeTree(root, tree(second), precedence, 'image "b"');
  return root;
}

const folder = directory(0);
const file = (text: string): Inode => inlineFile(0, text);

test.each([
  ['added', 'second', 0o700],
  ['existing', 'first', 0o755],
] as const)("with precedence %s the file and the directory's mode are the %s tree's", (precedence, text, mode) => {
  const root = merged(
    { etc: folder, 'etc/a': file('first') },
    { etc: directory(0, 0o700), 'etc/a': file('second'), 'etc/b': file('b') },
    precedence,
  );
  expect(textAt(root, 'etc/a')).toBe(text);
  expect(at(root, 'etc').mode).toBe(mode);
  expect(textAt(root, 'etc/b')).toBe('b');
});

test('a directory goes where a link of the first tree leads', () => {
  const root = merged(
    { lib: symlink(0, 'usr/lib'), usr: folder, 'usr/lib': folder },
    { lib: folder, 'lib/modules': folder, 'lib/modules/x': file('x') },
  );
  expect(at(root, 'lib').type).toBe('symlink');
  expect(textAt(root, 'usr/lib/modules/x')).toBe('x');
  expect(pathsOf(root)).not.toContain('lib/modules');
});

test('a directory of the first tree moves to where a link of the second leads', () => {
  const root = merged(
    { lib: folder, 'lib/a': file('a'), 'lib/both': file('first'), 'lib/deep': folder, 'lib/deep/d': file('d') },
    { lib: symlink(0, 'usr/lib'), usr: folder, 'usr/lib': folder, 'usr/lib/both': file('second') },
  );
  expect(at(root, 'lib').type).toBe('symlink');
  expect(pathsOf(root).filter((path) => path.startsWith('lib/'))).toEqual([]);
  expect(textAt(root, 'usr/lib/a')).toBe('a');
  expect(textAt(root, 'usr/lib/deep/d')).toBe('d');
  expect(textAt(root, 'usr/lib/both')).toBe('second');
});

test('an empty directory gives way to a link, and a link to nothing to a directory', () => {
  const root = merged({ tmp: folder, run: symlink(0, 'nowhere') }, { tmp: symlink(0, 'var/tmp'), run: folder });
  expect(at(root, 'tmp').type).toBe('symlink');
  expect(at(root, 'run').type).toBe('directory');
});

test('a directory that is not empty and a link to nothing are a conflict', () => {
  expect(() => merged({ a: folder, 'a/x': file('x') }, { a: symlink(0, 'nowhere') })).toThrow(
    'merging image "b" into /: "/a": a link to a directory was expected, it leads to none',
  );
});

test.each([
  ['a file over a directory', { a: folder, 'a/x': file('x') }, { a: file('y') }, '"/a": a file was expected'],
  ['a directory over a file', { a: file('x') }, { a: folder }, '"/a": a directory was expected, it is a file'],
  ['a path below a link to a file', { a: symlink(0, 'b'), b: file('x') }, { a: folder, 'a/y': file('y') }, '"/a'],
])('%s is a conflict', (_title, first, second, message) => {
  expect(() => merged(first, second)).toThrow(expect.objectContaining({ code: 'layer' }));
  expect(() => merged(first, second)).toThrow(message);
});

test('hard links stay one inode', () => {
  const shared = file('x');
  const root = merged({}, { a: shared, b: shared });
  expect(at(root, 'a')).toBe(at(root, 'b'));
});
