// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TskitError } from '../errors.ts';
import { shippedRecipes } from './folder.ts';

/** Files of which any makes a folder one that `tskit pkg` builds: a recipe, a LinuxKit package, a Dockerfile. */
export const packageFiles = ['recipe.yml', 'build.yml', 'Dockerfile'] as const;

/**
 * What follows "pkg:" in a reference to the recipe that a user names on a command line: a shipped one by its name, with or without
 * "pkg:", else a folder, for which a plain name stands too when it is one in `folder`, and so does the file in it that makes it one. Throws
 * `not-found` for another file.
 */
export function recipeName(text: string, folder: string): string {
  const name = folderOf(text.replace(/^pkg:/, ''), folder);
  if (name === '.' || name === '..') return `${name}/`;
  if (name.includes('/') || existsSync(join(shippedRecipes, name, 'recipe.yml'))) return name;
  return packageFiles.some((file) => existsSync(join(folder, name, file))) ? `./${name}` : name;
}

/** "mine" of "mine/recipe.yml", when that is a file; everything else is as it is. */
function folderOf(name: string, folder: string): string {
  if (statSync(resolve(folder, name), { throwIfNoEntry: false })?.isFile() !== true) return name;
  if (!packageFiles.some((file) => file === basename(name))) {
    // A program of the same name beside it takes nothing off the shelf.
    if (!name.includes('/')) return name;
    throw new TskitError(
      'not-found',
      `recipe "${name}": expected ${packageFiles.join(', ')} or its folder, found another file`,
      {
        hint: 'write a recipe with `tskit pkg new NAME`',
      },
    );
  }
  const parent = dirname(name);
  // With a slash it is no recipe of the shelf.
  if (parent.includes('/')) return parent;
  return parent === '.' || parent === '..' ? `${parent}/` : `./${parent}`;
}
