// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Bytes, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { realEntry, realPath } from '../tree-lookup.ts';

/** Whose file and whose directory's mode stands where both trees have one. */
export type Precedence = 'added' | 'existing';

/**
 * Lays a tree over another one that was made without knowing of it (two init images; the kernel's modules). Unlike
 * layers of one image, neither may break the other's layout: a directory that the other tree has as a link to a
 * directory (/lib -> usr/lib of a merged-/usr system) goes where the link points, in whichever order the two come.
 * `label` names the added tree in errors.
 */
export function mergeTree(root: Map<Bytes, Inode>, added: FileTree, precedence: Precedence, label: string): void {
  // Directories first, so that links to them resolve; then links, so that files below them are put where they lead.
  const paths = [...added.keys()].sort();
  for (const rank of [0, 1, 2]) {
    for (const path of paths) {
      const inode = added.get(path);
      if (inode !== undefined && rankOf(inode) === rank) place(root, path, inode, precedence, label);
    }
  }
}

function rankOf(inode: Inode): number {
  if (inode.type === 'directory') return 0;
  return inode.type === 'symlink' ? 1 : 2;
}

function place(root: Map<Bytes, Inode>, path: Bytes, inode: Inode, precedence: Precedence, label: string): void {
  const target = realEntry(root, path);
  if (target === undefined) throw conflict(label, path, 'a parent directory of it is something else already');
  const existing = root.get(target);
  if (existing === undefined) {
    root.set(target, inode);
    return;
  }
  if (inode.type === 'directory') {
    if (existing.type === 'symlink' && leadsToDirectory(root, target)) return;
    if (existing.type !== 'directory') {
      if (!isDangling(root, target)) throw conflict(label, path, `a directory was expected, it is a ${existing.type}`);
      root.set(target, inode);
      return;
    }
  } else if (existing.type === 'directory' && hasEntries(root, target)) {
    if (inode.type === 'symlink') {
      linkOverDirectory(root, target, inode, label);
      return;
    }
    throw conflict(label, path, `a ${inode.type} was expected, it is a directory with entries`);
  }
  if (precedence === 'added') root.set(target, inode);
}

/**
 * Replaces a directory by a link and moves what it held to where the link leads, where nothing of that name stands yet.
 */
function linkOverDirectory(root: Map<Bytes, Inode>, path: Bytes, link: Inode, label: string): void {
  const moved = [...root].filter(([other]) => other.startsWith(`${path}/`)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [other] of moved) root.delete(other);
  root.set(path, link);
  if (!leadsToDirectory(root, path)) {
    throw conflict(label, path, 'a link to a directory was expected, it leads to none');
  }
  for (const [other, inode] of moved) place(root, other, inode, 'existing', label);
}

function hasEntries(root: FileTree, path: Bytes): boolean {
  for (const other of root.keys()) if (other.startsWith(`${path}/`)) return true;
  return false;
}

function isDangling(root: FileTree, path: Bytes): boolean {
  const real = realPath(root, path);
  return real === undefined || !root.has(real);
}

function leadsToDirectory(root: FileTree, path: Bytes): boolean {
  const real = realPath(root, path);
  return real !== undefined && root.get(real)?.type === 'directory';
}

function conflict(label: string, path: Bytes, found: string): TskitError {
  return new TskitError('layer', `merging ${label} into /: "/${textOf(path)}": ${found}`, {
    hint: 'one of the images must be changed: the root holds both, and a path can be only one thing',
  });
}
