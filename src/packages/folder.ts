// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TskitError } from '../errors.ts';
import { errnoOf, storeError } from '../oci/store-error.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import { programDigests } from './programs.ts';

/** Recipes that come with tskit: beside src/ in a checkout and beside dist/ where it is installed, both two levels up from the code. */
export const shippedRecipes: string = fileURLToPath(new URL('../../packages/', import.meta.url));

const recipeName = 'recipe.yml';

/** A recipe as it is on disk: recipe.yml, and what lies below its folder `files`. */
export interface RecipeFolder {
  /** For messages and names in the store: the folder's own name. */
  readonly name: string;
  /** Path of recipe.yml. */
  readonly file: string;
  readonly text: string;
  /** By path below `files`. */
  readonly sources: ReadonlyMap<string, Buffer>;
  /** SHA-256 in hex over all of it, and over the programs of tskit's that it takes. */
  readonly hash: string;
}

/**
 * Reads the recipe that `pkg:NAME` means: a shipped one, or a folder when the name has a slash ("./mine", relative to the
 * spec's folder). Throws `not-found` with what there is, or `package`.
 */
export function readRecipeFolder(name: string, specDir: string): RecipeFolder {
  const isPath = name.includes('/');
  const folder = isPath ? resolve(specDir, name) : join(shippedRecipes, name);
  const file = join(folder, recipeName);
  const text = readRecipe(name, file, isPath);
  const sources = readSourceFiles(join(folder, 'files'));
  return { name: basename(folder), file, text, sources, hash: hashOf(text, sources) };
}

function readRecipe(name: string, file: string, isPath: boolean): string {
  try {
    // A pipe would be waited for, and a device without an end read for ever.
    if (!statSync(file).isFile()) throw noFile(file);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof TskitError) throw error;
    if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw unreadable(file, error);
    const known = shippedNames();
    const nearest = nearestKey(name, known);
    throw new TskitError('not-found', `recipe "pkg:${name}": expected "${file}", found nothing`, {
      hint:
        isPath && /\/recipe\.yml\/*$/.test(name)
          ? `write the folder, pkg:${name.replace(/recipe\.yml\/*$/, '')}`
          : isPath
            ? 'a path names a folder with a recipe.yml, relative to the folder of the spec or, for `tskit pkg`, to the current one'
            : nearest === undefined
              ? `shipped recipes: ${known.join(', ')}; your own need a path, such as pkg:./${name}`
              : `did you mean "pkg:${nearest}"?`,
      cause: error,
    });
  }
}

function shippedNames(): readonly string[] {
  try {
    return readdirSync(shippedRecipes).sort();
  } catch {
    return [];
  }
}

function readSourceFiles(folder: string): ReadonlyMap<string, Buffer> {
  const sources = new Map<string, Buffer>();
  try {
    if (lstatSync(folder).isSymbolicLink()) throw linked(folder);
    for (const path of filesBelow(folder).toSorted()) sources.set(path.slice(folder.length + 1), readFileSync(path));
  } catch (error) {
    if (error instanceof TskitError) throw error;
    if (errnoOf(error) !== 'ENOENT') throw unreadable(folder, error);
  }
  return sources;
}

/** Links are not followed, as a recursive readdir would: a recipe of somebody else's is not to read what it does not bring. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function noFile(file: string): TskitError {
  return new TskitError('package', `reading "${file}": expected a file, found something else`);
}

function linked(folder: string): TskitError {
  return new TskitError('package', `reading "${folder}": expected a folder, found a symbolic link`, {
    hint: 'put the files into the recipe: what is elsewhere on this machine is no part of it',
  });
}

function hashOf(text: string, sources: ReadonlyMap<string, Buffer>): string {
  const parts = [
    text,
    ...[...sources].flatMap(([path, data]) => [path, createHash('sha256').update(data).digest('hex')]),
    ...programDigests(text),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function unreadable(path: string, error: unknown): TskitError {
  return new TskitError('package', storeError('reading', path, error).message, { cause: error });
}
