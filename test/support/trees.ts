// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree } from '../../src/file-tree.ts';
import type { PlacedTree, Rootfs } from '../../src/rootfs.ts';

const owned = { uid: 0, gid: 0, mtime: 1_000_000_000 } as const;

export function file(data: string | Buffer, more: Partial<Inode> = {}): Inode {
  return {
    type: 'file',
    mode: 0o644,
    ...owned,
    content: { kind: 'inline', data: Buffer.from(data) },
    ...more,
  } as Inode;
}

export function directory(more: Partial<Inode> = {}): Inode {
  return { type: 'directory', mode: 0o755, ...owned, ...more } as Inode;
}

export function symlink(target: string): Inode {
  return { type: 'symlink', mode: 0o777, ...owned, target: bytesOf(target) };
}

/** A tree of these paths, the root included. */
export function treeOf(entries: Readonly<Record<string, Inode>>): FileTree {
  const tree = new Map<Bytes, Inode>([['' as Bytes, directory()]]);
  for (const [path, inode] of Object.entries(entries)) {
    tree.set(bytesOf(path), inode);
  }
  return tree;
}

/** A lazy tree that counts its loads. */
export function lazy(tree: FileTree, key: string, onLoad: () => void = () => {}): LazyTree {
  return {
    key: createHash('sha256').update(key).digest('hex'),
    label: key,
    load: () => {
      onLoad();
      return Promise.resolve(tree);
    },
  };
}

/** A whole system of these trees. */
export function rootfsOf(trees: readonly { prefix: string; tree: LazyTree }[], more: Partial<Rootfs> = {}): Rootfs {
  const placed: PlacedTree[] = trees.map(({ prefix, tree }) => ({
    prefix: bytesOf(prefix),
    tree,
    attributionOf: () => ({ source: tree.label, location: 'services[0]' }),
  }));
  const attributions = { kernel: { source: 'kernel', location: 'kernel' }, own: { source: 'tskit', location: 'init' } };
  const root = { type: 'auto', verity: true, initrd: 'auto', onCorruption: 'panic' } as const;
  const finder = { trees: () => [], diskModules: () => Promise.resolve([]), missingModules: () => Promise.resolve([]) };
  return { trees: placed, root, finder, cmdline: 'console=ttyS0', attributions, ...more };
}
