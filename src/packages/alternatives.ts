// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { addParents, symlink } from '../inodes.ts';
import { realPath } from '../tree-lookup.ts';
import { type PackageTree, placeOf, treePath } from './package-tree.ts';
import type { Alternative } from './recipe.ts';
import { nothing, requireFree } from './shape.ts';

/**
 * Makes the two links of an alternative, as update-alternatives(1) does: programs use `link`, an administrator of a derived image
 * changes the one in /etc/alternatives. Throws `package` when the target is not there or the link's place is taken.
 */
export function makeAlternative(tree: PackageTree, step: Alternative, epoch: number): void {
  const target = realPath(tree.inodes, treePath(tree, step.target));
  if (target === undefined || !tree.inodes.has(target)) throw nothing('alternatives', step.target);
  const name = step.name ?? step.link.slice(step.link.lastIndexOf('/') + 1);
  const choice = `/etc/alternatives/${name}`;
  for (const [one, leadsTo] of [
    [choice, step.target],
    [step.link, choice],
  ] as const) {
    const path = placeOf(tree, 'alternatives', one);
    requireFree(tree, 'alternatives', path);
    addParents(tree.inodes, path, epoch);
    tree.inodes.set(path, symlink(epoch, leadsTo));
  }
}
