// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/file-tree.ts';
import { makeAlternative } from '../../../src/packages/alternatives.ts';
import { editFile } from '../../../src/packages/edit-file.ts';
import { newPackageTree, type PackageTree } from '../../../src/packages/package-tree.ts';
import { move, pick, writeFileStep } from '../../../src/packages/shape.ts';

function treeOf(files: Record<string, string>): PackageTree {
  const tree = newPackageTree('amd64', 0);
  for (const [path, text] of Object.entries(files)) {
    writeFileStep(tree, { path, mode: '0600', uid: 7 }, Buffer.from(text), 0);
    tree.owners.set(bytesOf(path.slice(1)), [{ package: 'p', path }]);
  }
  return tree;
}

describe('what only some releases have', () => {
  it('may be missing when it is said so, and is taken when it is there', () => {
    const tree = treeOf({ '/usr/lib/a.so': '' });
    pick(tree, ['/usr/lib/a.so', { path: '/usr/lib/b.so', optional: true }, { path: '!/usr/lib/c', optional: true }]);
    move(tree, { from: '/usr/lib/b.so', to: '/b', optional: true }, 0);
    move(tree, { from: '/usr/lib/a.so', to: '/a', optional: true }, 0);
    expect(tree.inodes.has(bytesOf('a'))).toBe(true);
    expect(() => pick(tree, [{ path: '/usr/lib/b.so' }])).toThrow('pick "/usr/lib/b.so": expected it');
  });
});

describe('an alternative', () => {
  it('is the two links that update-alternatives makes', () => {
    const tree = treeOf({ '/usr/bin/mawk': '' });
    makeAlternative(tree, { link: '/usr/bin/awk', target: '/usr/bin/mawk' }, 0);
    makeAlternative(tree, { link: '/usr/share/man/nawk', name: 'nawk.1', target: '/usr/bin/mawk' }, 0);
    expect(tree.inodes.get(bytesOf('usr/bin/awk'))).toMatchObject({ target: '/etc/alternatives/awk' });
    expect(tree.inodes.get(bytesOf('etc/alternatives/awk'))).toMatchObject({ target: '/usr/bin/mawk' });
    expect(tree.inodes.get(bytesOf('usr/share/man/nawk'))).toMatchObject({ target: '/etc/alternatives/nawk.1' });
  });

  it('needs its target, and hides nothing', () => {
    const tree = treeOf({ '/usr/bin/mawk': '', '/usr/bin/awk': '' });
    expect(() => makeAlternative(tree, { link: '/usr/bin/nawk', target: '/usr/bin/gawk' }, 0)).toThrow(
      '"/usr/bin/gawk"',
    );
    expect(() => makeAlternative(tree, { link: '/usr/bin/awk', target: '/usr/bin/mawk' }, 0)).toThrow(
      'expected nothing there, found a file of package "p"',
    );
  });
});

describe('an edit', () => {
  it('replaces the one text and keeps mode and owner', () => {
    const tree = treeOf({ '/etc/p.conf': 'user root\nlog file\n' });
    editFile(tree, { path: '/etc/p.conf', from: 'log file', to: 'log stderr' }, 5);
    expect(tree.inodes.get(bytesOf('etc/p.conf'))).toMatchObject({
      mode: 0o600,
      uid: 7,
      content: { data: Buffer.from('user root\nlog stderr\n') },
    });
  });

  it.each([
    ['none', 'colour'],
    ['several', 'o'],
  ])('of a text of which there is %s is an error', (found, from) => {
    const tree = treeOf({ '/etc/p.conf': 'user root\nlog file\n' });
    expect(() => editFile(tree, { path: '/etc/p.conf', from, to: '' }, 0)).toThrow(
      `edit "/etc/p.conf": expected the text "${from}" once, found ${found}`,
    );
  });
});
