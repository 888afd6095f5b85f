// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { recipeName } from '../../../src/packages/recipe-name.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
mkdirSync(join(folder.path, 'mine'));
writeFileSync(join(folder.path, 'mine/recipe.yml'), '');
writeFileSync(join(folder.path, 'recipe.yml'), '');
writeFileSync(join(folder.path, 'redis'), 'a program');
writeFileSync(join(folder.path, 'mine/notes'), '');

test.each([
  ['redis', 'redis'],
  ['pkg:redis', 'redis'],
  ['mine', './mine'],
  ['mine/recipe.yml', './mine'],
  ['./mine/recipe.yml', './mine'],
  ['recipe.yml', './'],
  ['.', './'],
])('%s means the recipe %s, whatever files lie beside it', (text, name) => {
  expect(recipeName(text, folder.path)).toBe(name);
});

test('a path to another file is refused', () => {
  expect(() => recipeName('mine/notes', folder.path)).toThrow('recipe "mine/notes": expected recipe.yml');
});
