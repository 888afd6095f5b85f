// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRecipeFolder } from '../../../src/packages/folder.ts';
import { parseRecipe } from '../../../src/packages/parse-recipe.ts';
import { parseLabel, settingsLabel } from '../../../src/spec/label.ts';

const names = readdirSync(new URL('../../../packages/', import.meta.url));

describe('a recipe that comes with tskit', () => {
  it('is one of these', () => {
    expect(names.sort().join(' ')).toBe('busybox dhcp dm-crypt format kernel losetup mount nginx swap');
  });

  it.each(names)('%s is valid, has the files that it names and no others, and a valid label', (name) => {
    const folder = readRecipeFolder(name, '/');
    const recipe = parseRecipe(folder.text, folder.file);
    const named = (recipe.files ?? []).flatMap(({ source }) => (source === undefined ? [] : [source]));
    expect([...folder.sources.keys()].sort()).toEqual(named.sort());
    const label = recipe.config?.labels?.[settingsLabel] ?? {};
    expect(() => parseLabel(JSON.stringify(label), name)).not.toThrow();
    expect(folder.text).toMatch(/^# /);
  });
});

describe('the folder of a recipe', () => {
  it('that does not exist is an error with the nearest name, or with what a path means', () => {
    expect(() => readRecipeFolder('ngnix', '/')).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'did you mean "pkg:nginx"?' }),
    );
    expect(() => readRecipeFolder('./nginx', '/nowhere')).toThrow(
      expect.objectContaining({ message: 'recipe "pkg:./nginx": expected "/nowhere/nginx/recipe.yml", found nothing' }),
    );
  });
});
