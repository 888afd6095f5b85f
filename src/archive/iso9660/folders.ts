// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../../file-tree.ts';
import { parentOf } from '../../inodes.ts';
import { identify } from './identifiers.ts';

/** A directory of a tree, with what is in it. */
export interface IsoFolder {
  readonly inode: Inode;
  /** '' of the root. */
  readonly identifier: string;
  /** Index of the directory above; the root's is its own. */
  readonly parent: number;
  readonly links: number;
  /** In the order of their identifiers. */
  readonly children: readonly IsoChild[];
}

export interface IsoChild {
  readonly name: Bytes;
  readonly identifier: string;
  readonly inode: Inode;
  readonly links: number;
  /** Index of a directory. */
  readonly folder?: number;
}

/**
 * The directories of a tree by depth, then by their parents' order, then by identifier, as the path table has them (ECMA-119, 6.9.1).
 * @throws RangeError for a tree without a root directory.
 */
export function foldersInOrder(tree: FileTree): readonly IsoFolder[] {
  const root = tree.get('' as Bytes);
  if (root === undefined) throw new RangeError('a tree without a root directory');
  const names = namesByFolder(tree);
  const links = countNames(tree);
  const pending = [{ path: '' as Bytes, inode: root, identifier: '', parent: 0 }];
  const folders: IsoFolder[] = [];
  for (const { path, inode, identifier, parent } of pending) {
    const index = folders.length;
    const children = identify(names.get(path) ?? []).map(({ entry, identifier: own }): IsoChild => {
      const { name, path: below, inode: child, isDirectory } = entry;
      if (!isDirectory) return { name, identifier: own, inode: child, links: links.get(child) ?? 1 };
      const folder = pending.push({ path: below, inode: child, identifier: own, parent: index }) - 1;
      return { name, identifier: own, inode: child, links: folderLinks(names.get(below)), folder };
    });
    folders.push({ inode, identifier, parent, links: folderLinks(names.get(path)), children });
  }
  return folders;
}

interface NamedInode {
  readonly name: Bytes;
  readonly path: Bytes;
  readonly inode: Inode;
  readonly isDirectory: boolean;
}

/** Entries by the directory that they are in, sorted bytewise. */
function namesByFolder(tree: FileTree): ReadonlyMap<Bytes, readonly NamedInode[]> {
  const folders = new Map<Bytes, NamedInode[]>();
  for (const path of [...tree.keys()].sort()) {
    const inode = tree.get(path);
    if (path === '' || inode === undefined) continue;
    const folder = parentOf(path);
    const name = (folder === '' ? path : path.slice(folder.length + 1)) as Bytes;
    const entry = { name, path, inode, isDirectory: inode.type === 'directory' };
    const list = folders.get(folder);
    if (list === undefined) folders.set(folder, [entry]);
    else list.push(entry);
  }
  return folders;
}

function countNames(tree: FileTree): ReadonlyMap<Inode, number> {
  const names = new Map<Inode, number>();
  for (const inode of tree.values()) names.set(inode, (names.get(inode) ?? 0) + 1);
  return names;
}

/** A directory's name, its own ".", and the ".." of each directory in it. */
function folderLinks(entries: readonly NamedInode[] | undefined): number {
  return 2 + (entries ?? []).filter(({ isDirectory }) => isDirectory).length;
}
