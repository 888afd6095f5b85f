// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename } from 'node:path';
import { sha256Of } from '../explain/describe-inode.ts';
import { type Bytes, type Content, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import type { DiffFile } from './side.ts';

/** The files of a tree whose contents are ranges of files: they are read only when two have to be compared. */
export function filesOfTree(tree: FileTree): ReadonlyMap<Bytes, DiffFile> {
  const files = new Map<Bytes, DiffFile>();
  for (const [path, inode] of tree) if (path !== '') files.set(path, knownFile(inode));
  return files;
}

/** Two systems that share an image share its inodes. */
const known = new WeakMap<Inode, DiffFile>();

function knownFile(inode: Inode): DiffFile {
  let file = known.get(inode);
  if (file === undefined) known.set(inode, (file = fileOf(inode)));
  return file;
}

function fileOf(inode: Inode): DiffFile {
  const { type, mode, uid, gid } = inode;
  const base = { type, mode, uid, gid };
  if (inode.type !== 'file') return { ...base, size: 0, detail: detailOf(inode), identity: '', digest: () => '' };
  const { content } = inode;
  let digest: string | undefined;
  return {
    ...base,
    size: contentSize(content),
    detail: '',
    identity: identityOf(content),
    digest: () => (digest ??= sha256Of(content)),
  };
}

function detailOf(inode: Inode): string {
  if (inode.type === 'symlink') return inode.target;
  return 'major' in inode ? `${inode.major}:${inode.minor}` : '';
}

/** Files of the cache are named after their content, so that a range of one is known by name, wherever the cache is. */
function identityOf(content: Content): string {
  if (content.kind === 'inline') return sha256Of(content);
  const name = basename(content.file);
  return `${/^[0-9a-f]{64}$/.test(name) ? name : content.file} ${content.offset} ${content.size}`;
}
