// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readContent } from '../content.ts';
import { TskitError } from '../errors.ts';
import { bytesOf } from '../file-tree.ts';
import type { Owner } from '../inodes.ts';
import type { PackageTree } from './package-tree.ts';
import type { Ownership } from './recipe.ts';

/** No account file of an image is near that size. */
const fileLimit = 1024 * 1024;

/** The ids of a step, names looked up in the image's accounts; 0 for what it does not say. Throws `package` for an unknown name. */
export function ownerOf(tree: PackageTree, { uid = 0, gid = 0 }: Ownership): Owner {
  return { uid: idOf(tree, 'passwd', uid), gid: idOf(tree, 'group', gid) };
}

/** A number as it is, a name looked up in the image's /etc/passwd or /etc/group. Throws `package` for an unknown one. */
export function idOf(tree: PackageTree, file: 'passwd' | 'group', id: number | string): number {
  if (typeof id === 'number') return id;
  const inode = tree.inodes.get(bytesOf(`etc/${file}`));
  const text = inode?.type === 'file' ? readContent(inode.content, fileLimit).toString('utf8') : '';
  const accounts = text.split('\n').map((line) => line.split(':'));
  const found = accounts.find(([name]) => name === id)?.[2];
  if (found !== undefined) return Number(found);
  const kind = file === 'passwd' ? 'users' : 'groups';
  throw new TskitError('package', `owner "${id}": expected a name in the image's /etc/${file}, found no such`, {
    hint: `add it to the recipe's \`${kind}\`, or write its number`,
  });
}
