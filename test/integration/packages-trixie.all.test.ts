// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSources } from '../../src/packages/host-sources.ts';
import { readRecipeFolder, shippedRecipes } from '../../src/packages/folder.ts';
import { parseRecipe } from '../../src/packages/parse-recipe.ts';
import { buildImage, unpack } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The shelf from Debian 13, out of the archive that the host has its own packages from.

const workspace = temporaryFolder();
const cache = join(workspace.path, 'cache');

beforeAll(async () => {
  const sources = (await readSources(process.env)).replaceAll(/\bbookworm\b/g, 'trixie');
  const file = join(workspace.path, 'trixie.sources');
  writeFileSync(file, sources);
  vi.stubEnv('TSKIT_DEBIAN_SOURCES', file);
});
afterAll(() => {
  vi.unstubAllEnvs();
  workspace[Symbol.dispose]();
});

/** Recipes of packages; a kernel of our own takes as long as it takes to compile one, from Debian 13's source anyway. */
const names = readdirSync(shippedRecipes).filter((name) => {
  const { text, file } = readRecipeFolder(name, '/');
  const recipe = parseRecipe(text, file);
  return recipe.kernel === undefined && (recipe.packages ?? []).length > 0;
});

describe('a recipe that comes with tskit, built from Debian 13', () => {
  it.each(names)(
    '%s is of that release, and has all libraries of its programs',
    async (name) => {
      const root = unpack(await buildImage(name, cache), join(workspace.path, name));
      expect(readFileSync(join(root, 'usr/lib/os-release'), 'utf8')).toContain('trixie');
      const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
      if (lstatSync(loader, { throwIfNoEntry: false }) === undefined) return;
      const missing = ['usr/bin', 'usr/sbin'].flatMap((folder) =>
        programsIn(join(root, folder)).filter((program) => {
          const run = ['--list', `/${folder}/${program}`];
          const text = outputOf('chroot', [root, '/lib64/ld-linux-x86-64.so.2', ...run]);
          return /not found|cannot open shared object/.test(text);
        }),
      );
      expect(missing).toEqual([]);
    },
    600_000,
  );
});

function programsIn(folder: string): readonly string[] {
  const entries = lstatSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  return entries.filter((name) => {
    const path = join(folder, name);
    return lstatSync(path).isFile() && readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF';
  });
}

/** What a program prints, however it ends: a static one cannot be listed. */
function outputOf(program: string, args: readonly string[]): string {
  return execFileSync('sh', ['-c', '"$@" 2>&1 || true', 'sh', program, ...args], { encoding: 'utf8' });
}
