// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { FileChange } from '../../../src/diff/files.ts';
import { summariseFolders } from '../../../src/diff/folders.ts';

function change(path: string, kind: FileChange['change'] = 'added', bytes = 10): FileChange {
  const sizes =
    kind === 'removed' ? { before: bytes } : kind === 'added' ? { after: bytes } : { before: 0, after: bytes };
  return { path, change: kind, type: 'file', what: [], ...sizes };
}

const changes = [
  ...Array.from({ length: 30 }, (_, index) => change(`web:/usr/share/doc/${index}/copyright`)),
  ...Array.from({ length: 20 }, (_, index) => change(`web:/usr/bin/program${index}`, 'changed')),
  change('/etc/hosts', 'removed'),
];

test.each([1, 2, 3, 5, 10, 25])('every change is counted once in at most %i folders', (most) => {
  const folders = summariseFolders(changes, most);
  expect(folders.length).toBeLessThanOrEqual(most);
  const sum = (key: 'added' | 'removed' | 'changed' | 'bytes'): number =>
    folders.reduce((all, each) => all + each[key], 0);
  expect([sum('added'), sum('changed'), sum('removed'), sum('bytes')]).toEqual([30, 20, 1, 30 * 10 + 20 * 10 - 10]);
  for (const { folder } of folders) {
    const above = folders.filter(
      (other) => other.folder !== folder && other.folder.endsWith('/') && folder.startsWith(other.folder),
    );
    expect(above, folder).toEqual([]);
  }
});

test('the folder with the most changes is opened first', () => {
  expect(summariseFolders(changes, 3).map(({ folder }) => folder)).toEqual([
    '/etc/hosts',
    'web:/usr/bin/',
    'web:/usr/share/doc/',
  ]);
});
