// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecipeFolder } from '../../../src/packages/folder.ts';
import { parseRecipe } from '../../../src/packages/parse-recipe.ts';
import { parseLabel, settingsLabel } from '../../../src/spec/label.ts';

const root = new URL('../../../', import.meta.url).pathname;
const names = readdirSync(join(root, 'packages'));

const rows = [...readFileSync(join(root, 'docs/packages.md'), 'utf8').matchAll(/^\| `pkg:([^`]+)` \|/gm)].map(
  ([, name]) => name,
);

describe('a recipe that comes with tskit', () => {
  it.each(names)('%s is valid, has the files that it names and no others, and a valid label', (name) => {
    const folder = readRecipeFolder(name, '/');
    const recipe = parseRecipe(folder.text, folder.file);
    const files = (recipe.files ?? []).flatMap(({ source }) => (source === undefined ? [] : [source]));
    const fragments = (recipe.kernel?.fragments ?? []).filter((fragment) => fragment.startsWith('./'));
    const named = [...files, ...fragments.map((fragment) => fragment.slice('./'.length))];
    expect([...folder.sources.keys()].sort()).toEqual(named.sort());
    const label = recipe.config?.labels?.[settingsLabel] ?? {};
    expect(() => parseLabel(JSON.stringify(label), name)).not.toThrow();
  });

  it.each(names)('%s begins with a comment that says what it is for', (name) => {
    expect(readRecipeFolder(name, '/').text).toMatch(/^# \S.{20,}/);
  });

  // The version of an image is that of its recipe's first package.
  it.each([
    { name: 'binfmt', first: 'qemu-user-static' },
    { name: 'containerd', first: 'containerd' },
    { name: 'dhcpcd', first: 'dhcpcd-base' },
    { name: 'dm-crypt', first: 'cryptsetup-bin' },
    { name: 'docker', first: 'docker.io' },
    { name: 'ip', first: 'iproute2' },
    { name: 'open-vm-tools', first: 'open-vm-tools' },
    { name: 'podman', first: 'podman' },
    { name: 'qemu-guest-agent', first: 'qemu-guest-agent' },
    { name: 'sshd', first: 'openssh-server' },
  ])('$name has the version of $first, not of what helps it', ({ name, first }) => {
    const folder = readRecipeFolder(name, '/');
    expect(parseRecipe(folder.text, folder.file).packages?.[0]).toBe(first);
  });

  it('has a row in the table of docs/packages.md, which is sorted, and no other has one', () => {
    expect(rows).toEqual([...names].sort());
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
