// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/file-tree.ts';
import { inlineFile } from '../../../src/inodes.ts';
import { changeOwners } from '../../../src/packages/owners.ts';
import { newPackageTree, type PackageTree } from '../../../src/packages/package-tree.ts';
import { makeDirectory, writeFileStep } from '../../../src/packages/shape.ts';
import { writeUsers } from '../../../src/packages/users.ts';

function treeWith(users: Parameters<typeof writeUsers>[1]): PackageTree {
  const tree = newPackageTree('amd64', 0);
  writeUsers(tree, users, [{ name: 'adm', gid: 4 }], 0);
  return tree;
}

function textOf(tree: PackageTree, path: string): string | undefined {
  const inode = tree.inodes.get(bytesOf(path));
  return inode?.type === 'file' && inode.content.kind === 'inline'
    ? Buffer.from(inode.content.data).toString()
    : undefined;
}

const chrony = { name: 'chrony', uid: 101, gid: 4 };

describe('the accounts of an image', () => {
  it('own what steps give them by name', () => {
    const tree = treeWith([chrony]);
    makeDirectory(tree, { path: '/var/lib/chrony', uid: 'chrony', gid: 'adm' }, 0);
    writeFileStep(tree, { path: '/etc/chrony.key', gid: 'nogroup' }, Buffer.from(''), 0);
    expect(tree.inodes.get(bytesOf('var/lib/chrony'))).toMatchObject({ uid: 101, gid: 4 });
    expect(tree.inodes.get(bytesOf('etc/chrony.key'))).toMatchObject({ uid: 0, gid: 65534 });
  });

  it('that nobody has cannot own anything', () => {
    expect(() => makeDirectory(treeWith([]), { path: '/x', uid: 'chrony' }, 0)).toThrow(
      expect.objectContaining({
        message: 'owner "chrony": expected a name in the image\'s /etc/passwd, found no such',
        hint: "add it to the recipe's `users`, or write its number",
      }),
    );
  });

  it('are locked in a shadow file that is there only when one of them has a password', () => {
    expect(textOf(treeWith([chrony]), 'etc/shadow')).toBeUndefined();
    const tree = treeWith([chrony, { name: 'root', uid: 0, gid: 0, password: '' }]);
    expect(textOf(tree, 'etc/shadow')).toBe('root:::0:99999:7:::\nnobody:*::0:99999:7:::\nchrony:*::0:99999:7:::\n');
    expect(tree.inodes.get(bytesOf('etc/shadow'))).toMatchObject({ mode: 0o640, gid: 42 });
    expect(textOf(tree, 'etc/group')).toContain('shadow:x:42:\n');
  });
});

describe('owners', () => {
  function treeOfFiles(): PackageTree {
    const tree = treeWith([chrony]);
    for (const path of ['/srv/p/a', '/srv/p/sub/b']) writeFileStep(tree, { path }, Buffer.from(path), 0);
    return tree;
  }

  it('change what they say, below too when asked, folders staying searchable', () => {
    const tree = treeOfFiles();
    changeOwners(tree, { path: '/srv/p', recursive: true, uid: 'chrony', mode: '0640' });
    expect(tree.inodes.get(bytesOf('srv/p'))).toMatchObject({ uid: 101, gid: 0, mode: 0o750 });
    expect(tree.inodes.get(bytesOf('srv/p/sub/b'))).toMatchObject({ uid: 101, mode: 0o640 });
    expect(tree.inodes.get(bytesOf('srv'))).toMatchObject({ uid: 0 });
  });

  it('keep hard links together', () => {
    const tree = treeOfFiles();
    const inode = inlineFile(0, 'x');
    for (const path of ['srv/one', 'srv/two']) tree.inodes.set(bytesOf(path), inode);
    changeOwners(tree, { path: '/srv/one', mode: '4755' });
    expect(tree.inodes.get(bytesOf('srv/two'))).toMatchObject({ mode: 0o4755 });
    expect(tree.inodes.get(bytesOf('srv/one'))).toBe(tree.inodes.get(bytesOf('srv/two')));
  });

  it('of nothing are an error', () => {
    expect(() => changeOwners(treeOfFiles(), { path: '/srv/q*', uid: 1 })).toThrow('owners "/srv/q*": expected it in');
  });
});
