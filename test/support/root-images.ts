// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import type { RootImage } from '../../src/emit/root-image.ts';
import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';

/** Has somebody else's readers look at all of an image. Throws when they find a fault. */
export function verifyImage(image: RootImage): void {
  execFileSync('fsck.erofs', ['--extract', image.file], { stdio: 'pipe' });
  execFileSync('veritysetup', ['verify', ...verityArgs(image, image.file)], { stdio: 'pipe' });
}

/** What veritysetup takes for an image, which may be a copy. */
export function verityArgs(image: RootImage, file: string): readonly string[] {
  return [`--hash-offset=${image.fsSize}`, file, file, image.rootHash];
}

/** What fsck.erofs extracts of a tree: no extended attributes, no links, and no setuid bits, since it changes owners last. */
export function extractedTree(tree: FileTree): FileTree {
  const copy = (inode: Inode): Inode => {
    const { xattrs: _xattrs, ...rest } = inode;
    return rest.type === 'file' ? { ...rest, mode: rest.mode & 0o1777 } : rest;
  };
  return new Map<Bytes, Inode>([...tree].map(([path, inode]) => [path, copy(inode)]));
}
