// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf, type Inode } from './file-tree.ts';

// Inodes that the build makes itself, owned by root unless said otherwise. Their time stamp is the epoch of the build.

/** Numeric ids, as an inode holds them. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const root: Owner = { uid: 0, gid: 0 };

/** An empty directory, 0755 unless said otherwise. */
export function directory(mtime: number, mode = 0o755, owner: Owner = root): Inode {
  return { type: 'directory', mode, ...owner, mtime };
}

/** `data` as text is written in UTF-8. */
export function inlineFile(mtime: number, data: string | Uint8Array, mode = 0o644, owner: Owner = root): Inode {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  return { type: 'file', mode, ...owner, mtime, content: { kind: 'inline', data: bytes } };
}

/** Linux ignores a symlink's mode and shows 0777. */
export function symlink(mtime: number, target: string, owner: Owner = root): Inode {
  return { type: 'symlink', mode: 0o777, ...owner, mtime, target: bytesOf(target) };
}

/** '' for a path without a slash. */
export function parentOf(path: Bytes): Bytes {
  const slash = path.lastIndexOf('/');
  return (slash === -1 ? '' : path.slice(0, slash)) as Bytes;
}

/** The path of an entry of a folder; '' is the root. */
export function join(folder: Bytes, name: string): Bytes {
  return (folder === '' ? name : `${folder}/${name}`) as Bytes;
}

/** Adds every missing parent of `path`, the root directory included, as 0755; existing entries stay as they are. */
export function addParents(tree: Map<Bytes, Inode>, path: Bytes, mtime: number): void {
  for (let folder = parentOf(path); !tree.has(folder); folder = parentOf(folder)) {
    tree.set(folder, directory(mtime));
    if (folder === '') return;
  }
}
