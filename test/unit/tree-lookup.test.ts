// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { directory, inlineFile, symlink } from '../../src/inodes.ts';
import { realEntry, realPath } from '../../src/tree-lookup.ts';
import { bytesOf, type FileTree } from '../../src/file-tree.ts';

const tree: FileTree = new Map(
  Object.entries({
    '': directory(0),
    lib: symlink(0, 'usr/lib'),
    usr: directory(0),
    'usr/lib': directory(0),
    'usr/up': symlink(0, '../../../usr/lib/./'),
    absolute: symlink(0, '/usr/lib'),
    chain: symlink(0, 'absolute'),
    loop: symlink(0, 'loop'),
    dangling: symlink(0, 'opt/missing'),
    file: inlineFile(0, 'x'),
  }).map(([path, inode]) => [bytesOf(path), inode]),
);

test.each([
  ['a path without links is itself', 'usr/lib', 'usr/lib'],
  ['a link to a directory is followed', 'lib', 'usr/lib'],
  ['a link in the middle is followed', 'lib/modules/6.1', 'usr/lib/modules/6.1'],
  ['an absolute link starts at the root of the tree', 'absolute/x', 'usr/lib/x'],
  ['links that lead to links are followed', 'chain/x', 'usr/lib/x'],
  ['".." stops at the root', 'usr/up/x', 'usr/lib/x'],
  ['what is missing is where it would be', 'dangling/x', 'opt/missing/x'],
  ['the root is the root', '', ''],
  ['a loop leads nowhere', 'loop/x', undefined],
  ['nothing is below a file', 'file/x', undefined],
])('%s', (_title, path, expected) => {
  expect(realPath(tree, bytesOf(path))).toBe(expected);
});

test('the last component of an entry is not followed', () => {
  expect(realEntry(tree, bytesOf('lib'))).toBe('lib');
  expect(realEntry(tree, bytesOf('chain/absolute'))).toBe('usr/lib/absolute');
});
