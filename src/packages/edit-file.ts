// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readContent } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type PackageTree, treePath } from './package-tree.ts';
import type { EditStep } from './recipe.ts';
import { nothing } from './shape.ts';

/** Configuration is smaller. */
const fileLimit = 1024 * 1024;

/**
 * Replaces a text in a file of a package, which keeps mode and owner. Throws `package` when the file is not there, is larger than
 * 1 MiB or has the text not exactly once: the package has changed, or the text means too little.
 */
export function editFile(tree: PackageTree, { path, from, to }: EditStep, epoch: number): void {
  const place = treePath(tree, path);
  const inode = tree.inodes.get(place);
  if (inode === undefined) throw nothing('edit', path);
  if (inode.type !== 'file') throw new TskitError('package', `edit "${path}": expected a file, found a ${inode.type}`);
  const text = readContent(inode.content, fileLimit);
  const wanted = Buffer.from(from);
  const at = text.indexOf(wanted);
  const again = at < 0 ? -1 : text.indexOf(wanted, at + 1);
  if (at < 0 || again >= 0) {
    const found = at < 0 ? 'none' : 'several';
    throw new TskitError('package', `edit "${path}": expected the text ${JSON.stringify(from)} once, found ${found}`);
  }
  const data = Buffer.concat([text.subarray(0, at), Buffer.from(to), text.subarray(at + wanted.length)]);
  tree.inodes.set(place, { ...inode, mtime: epoch, content: { kind: 'inline', data } });
}
