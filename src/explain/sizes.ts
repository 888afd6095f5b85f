// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { contentSize, type FileTree, type Inode } from '../file-tree.ts';
import { type ImageFolders, type Owner, ownerOf } from './owner.ts';

/** What one owner takes of the unpacked system. */
export interface OwnerSize extends Owner {
  /** Everything but folders. */
  readonly files: number;
  /** Contents of regular files; hard links share theirs. */
  readonly bytes: number;
}

/** Sizes by owner, the largest first. Each image's tree lies in the system once, whatever number of containers use it. */
export function sizesByOwner(whole: FileTree, folders: ImageFolders): readonly OwnerSize[] {
  const sizes = new Map<string, { owner: Owner; files: number; bytes: number; seen: Set<Inode> }>();
  for (const [path, inode] of whole) {
    if (inode.type === 'directory') continue;
    const owner = ownerOf(folders, path, inode);
    const key = `${owner.kind} ${owner.name}`;
    let size = sizes.get(key);
    if (size === undefined) sizes.set(key, (size = { owner, files: 0, bytes: 0, seen: new Set() }));
    size.files += 1;
    if (inode.type !== 'file' || size.seen.has(inode)) continue;
    size.seen.add(inode);
    size.bytes += contentSize(inode.content);
  }
  return [...sizes.values()]
    .map(({ owner, files, bytes }) => ({ ...owner, files, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}
