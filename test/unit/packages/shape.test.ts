// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { inlineFile } from '../../../src/inodes.ts';
import { makeAlternative } from '../../../src/packages/alternatives.ts';
import { bytesOf } from '../../../src/file-tree.ts';
import { newPackageTree, type PackageTree, treePath } from '../../../src/packages/package-tree.ts';
import { makeDirectory, makeLinks, move, pick, writeFileStep } from '../../../src/packages/shape.ts';

const epoch = 1000;

/** A tree with these files of the package "p". */
function treeOf(...paths: string[]): PackageTree {
  const tree = newPackageTree('amd64', epoch);
  for (const path of paths) {
    makeDirectory(tree, { path: path.slice(0, path.lastIndexOf('/')) }, epoch);
    tree.inodes.set(treePath(tree, path), inlineFile(epoch, path));
    tree.owners.set(treePath(tree, path), [{ package: 'p', path }]);
  }
  return tree;
}

/** What is there beyond what every image has. */
function pathsOf(tree: PackageTree): readonly string[] {
  return [...tree.inodes.keys()].filter((path) => !tree.base.has(path)).sort();
}

describe('pick', () => {
  it('keeps what is below a path, its parents, and the base of every image', () => {
    const tree = treeOf('/lib/modules/6/a.ko', '/lib/other/b', '/usr/share/doc/p/copyright');
    pick(tree, ['/lib/modules']);
    expect(pathsOf(tree)).toEqual(['usr/lib/modules', 'usr/lib/modules/6', 'usr/lib/modules/6/a.ko']);
    expect([...tree.base].every((path) => tree.inodes.has(path))).toBe(true);
  });

  it('takes away again what "!" names, and starts from everything when nothing else is named', () => {
    const tree = treeOf('/usr/share/doc/p/copyright', '/usr/share/doc/p/changelog.gz', '/usr/share/man/man1/p.1');
    pick(tree, ['!/usr/share/man', '!/usr/share/doc/*/*.gz']);
    expect(pathsOf(tree)).toEqual(['usr/share', 'usr/share/doc', 'usr/share/doc/p', 'usr/share/doc/p/copyright']);
  });

  it('of a path that no package has is an error', () => {
    expect(() => pick(treeOf('/usr/bin/a'), ['/usr/bin/b'])).toThrow('pick "/usr/bin/b": expected it in the packages');
  });
});

describe('move', () => {
  it('takes a glob that matches one path, with all below it', () => {
    const tree = treeOf('/boot/vmlinuz-6.1', '/opt/data/x/y');
    move(tree, { from: '/boot/vmlinuz-*', to: '/kernel' }, epoch);
    move(tree, { from: '/opt/data', to: '/srv/new/place' }, epoch);
    expect(pathsOf(tree)).toEqual([
      'boot',
      'kernel',
      'opt',
      'srv',
      'srv/new',
      'srv/new/place',
      'srv/new/place/x',
      'srv/new/place/x/y',
    ]);
    expect(tree.owners.get(bytesOf('kernel'))).toEqual([{ package: 'p', path: '/kernel' }]);
  });

  it('of a glob with several matches, of nothing, or onto something is an error', () => {
    const tree = treeOf('/boot/a-1', '/boot/a-2');
    expect(() => move(tree, { from: '/boot/a-*', to: '/x' }, epoch)).toThrow('expected one path, found 2: "/boot/a-1"');
    expect(() => move(tree, { from: '/boot/b-*', to: '/x' }, epoch)).toThrow('found no such path');
    expect(() => move(tree, { from: '/boot/a-1', to: '/boot/a-2' }, epoch)).toThrow(
      'move "/boot/a-2": expected nothing there, found a file of package "p"',
    );
  });
});

describe('dirs, links and files', () => {
  it('under a link of merged /usr go where it leads', () => {
    const tree = treeOf();
    makeLinks(tree, { in: '/bin', names: ['sh'], target: 'busybox' }, epoch);
    writeFileStep(tree, { path: '/sbin/run' }, Buffer.from('x'), epoch);
    expect(pathsOf(tree)).toEqual(['usr/bin/sh', 'usr/sbin/run']);
  });

  it('give a directory that is there its mode and owner', () => {
    const tree = treeOf('/var/lib/p/file');
    makeDirectory(tree, { path: '/var/lib/p', mode: '0700', uid: 3, gid: 4 }, epoch);
    expect(tree.inodes.get(bytesOf('var/lib/p'))).toMatchObject({ type: 'directory', mode: 0o700, uid: 3, gid: 4 });
    expect(tree.inodes.has(bytesOf('var/lib/p/file'))).toBe(true);
  });

  it('write over a file of a package, but link over none', () => {
    const tree = treeOf('/etc/p.conf');
    writeFileStep(tree, { path: '/etc/p.conf', mode: '0600' }, Buffer.from('mine'), epoch);
    expect(tree.inodes.get(bytesOf('etc/p.conf'))).toMatchObject({
      mode: 0o600,
      content: { data: Buffer.from('mine') },
    });
    expect(() => makeLinks(tree, { path: '/etc/p.conf', target: 'x' }, epoch)).toThrow('found a file of package "p"');
  });

  it('do not turn a file into a directory or the other way round', () => {
    const tree = treeOf('/etc/p/conf');
    expect(() => makeDirectory(tree, { path: '/etc/p/conf' }, epoch)).toThrow('found a file');
    expect(() => writeFileStep(tree, { path: '/etc/p' }, Buffer.from(''), epoch)).toThrow('found a directory');
  });
});

describe('a place that a layer cannot hold', () => {
  const steps: readonly (readonly [string, (tree: PackageTree, path: string) => void])[] = [
    ['move', (tree, path) => move(tree, { from: '/usr/bin/a', to: path }, epoch)],
    ['dirs', (tree, path) => makeDirectory(tree, { path }, epoch)],
    ['links', (tree, path) => makeLinks(tree, { path, target: 'a' }, epoch)],
    ['files', (tree, path) => writeFileStep(tree, { path, contents: '' }, Buffer.alloc(0), epoch)],
    ['alternatives', (tree, path) => makeAlternative(tree, { link: path, target: '/usr/bin/a', name: 'a' }, epoch)],
  ];

  it.each(steps)('is none for %s: a name that stands for a removed file', (step, act) => {
    for (const path of ['/etc/.wh.passwd', '/etc/.wh..wh..opq', '/opt/.wh.x/y'])
      expect(() => act(treeOf('/usr/bin/a'), path)).toThrow(
        `${step} "${path}": expected a name that a layer can hold, found "${/\.wh[^/]*/.exec(path)?.[0]}"`,
      );
  });

  it.each(steps)('is none for %s: below a file, or through links that lead round', (step, act) => {
    for (const path of ['/srv/file/below', '/srv/file/far/below', '/srv/loop/x']) {
      const tree = treeOf('/usr/bin/a', '/srv/file');
      makeLinks(tree, { path: '/srv/loop', target: 'loop' }, epoch);
      expect(() => act(tree, path)).toThrow(`${step} "${path}": expected folders above it, found something else`);
    }
  });
});
