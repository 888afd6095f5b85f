// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLock } from '../../../src/lock/file.ts';
import { recipeFragments } from '../../../src/kernel-build/kernel-recipe.ts';
import { readRecipeFolder } from '../../../src/packages/folder.ts';
import { amd64, writeRecipe } from '../../support/recipe-workspace.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('what lies outside of a recipe gets into no image: links in its folder "files" are no files of it', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'outside'));
  writeFileSync(join(folder.path, 'outside/secret'), 'secret');
  const recipe = writeRecipe(folder.path, 'mine', 'packages: [busybox]\n', { own: 'own' });
  symlinkSync('../../outside/secret', join(recipe, 'files/file'));
  symlinkSync('../../outside', join(recipe, 'files/folder'));
  expect([...readRecipeFolder(recipe, '/').sources.keys()]).toEqual(['own']);
});

test('a folder "files" that is a link is refused: it leads to files of the machine', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'outside'));
  writeFileSync(join(folder.path, 'outside/secret'), 'secret');
  const recipe = writeRecipe(folder.path, 'mine', 'packages: [busybox]\n');
  symlinkSync('../outside', join(recipe, 'files'));
  expect(() => readRecipeFolder(recipe, '/')).toThrow(`"${recipe}/files": expected a folder, found a symbolic link`);
});

test("fragments of a recipe's kernel are shipped ones, or files of the recipe", () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'outside.config'), 'CONFIG_OUTSIDE=y\n');
  const fragmentsOf = (name: string) => {
    const text = `kernel: { series: "6.12", fragments: [base, ${name}] }\n`;
    const recipe = writeRecipe(folder.path, 'mine', text, { 'own.config': 'CONFIG_OWN=y\n' });
    return recipeFragments(readRecipeFolder(recipe, '/'), amd64).map(({ text }) => text);
  };
  expect(fragmentsOf('./own.config')[1]).toBe('CONFIG_OWN=y\n');
  for (const outside of ['../../outside.config', join(folder.path, 'outside.config'), './other.config'])
    expect(() => fragmentsOf(outside)).toThrow(
      `kernel fragment "${outside}": expected a file in the recipe's folder "files", found none`,
    );
});

test('a recipe or a lock without an end is refused, and not read', async () => {
  using folder = temporaryFolder();
  const recipe = join(folder.path, 'mine');
  mkdirSync(recipe);
  for (const name of ['recipe.yml', 'tskit.lock']) symlinkSync('/dev/zero', join(recipe, name));
  expect(() => readRecipeFolder(recipe, '/')).toThrow(`"${recipe}/recipe.yml": expected a file, found something else`);
  await expect(readLock(join(recipe, 'recipe.yml'))).rejects.toThrow(
    `reading "${recipe}/tskit.lock": expected a file, found something else`,
  );
});
