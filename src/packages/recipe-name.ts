// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shippedRecipes } from './folder.ts';

/** Files of which any makes a folder one that `tskit pkg` builds: a recipe, a LinuxKit package, a Dockerfile. */
export const packageFiles = ['recipe.yml', 'build.yml', 'Dockerfile'] as const;

/**
 * What follows "pkg:" in a reference to the recipe that a user names on a command line: a shipped one by its name, with or without
 * "pkg:", else a folder, for which a plain name stands too when it is one in `folder`.
 */
export function recipeName(text: string, folder: string): string {
  const name = text.replace(/^pkg:/, '');
  if (name === '.' || name === '..') return `${name}/`;
  if (name.includes('/') || existsSync(join(shippedRecipes, name, 'recipe.yml'))) return name;
  return packageFiles.some((file) => existsSync(join(folder, name, file))) ? `./${name}` : name;
}
