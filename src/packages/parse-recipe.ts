// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from '../spec/diagnostics.ts';
import { child, type DocumentNode, items, type Path, plainValue } from '../spec/document.ts';
import { readValid } from '../spec/read-valid.ts';
import { validateRecipe } from './generated/validate-recipe.js';
import type { Recipe } from './recipe.ts';
import { recipeSchema } from './recipe-schema.ts';
import { sourcePackage } from './series.ts';

/**
 * Parses a recipe. `file` names it in messages.
 *
 * @throws TskitError 'spec' that lists every mistake with its place and an excerpt
 */
export function parseRecipe(text: string, file: string): Recipe {
  const root = readValid(text, {
    subject: 'a recipe',
    file,
    reference: 'docs/packages.md',
    schema: recipeSchema,
    validate: validateRecipe,
    check: checkRecipe,
  });
  return withKernelSource(plainValue(root, 'number') as Recipe);
}

/** A kernel is made of one package, which no other comes with. */
function withKernelSource(recipe: Recipe): Recipe {
  return recipe.kernel === undefined
    ? recipe
    : { ...recipe, packages: [sourcePackage(recipe.kernel.series)], only: true };
}

/** What the schema cannot say: keys of which exactly one, or one at least, belongs into a map. */
function checkRecipe(root: DocumentNode): readonly Diagnostic[] {
  return [
    ...checkKernel(root),
    ...items(child(root, 'packages')).flatMap((request, index) => checkRequest(request, ['packages', index])),
    ...items(child(root, 'links')).flatMap((link, index) => checkLink(link, ['links', index])),
    ...items(child(root, 'files')).flatMap((file, index) => checkFile(file, ['files', index])),
  ];
}

function checkRequest(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const given = ['follow', 'any', 'name'].filter((key) => has(node, key));
  if (given.length === 1 && has(node, 'optional') === has(node, 'name')) return [];
  return [diagnostic(node, path, `expected "follow", "any", or "name" and "optional", found ${keys(node)}`)];
}

function checkKernel(root: DocumentNode): readonly Diagnostic[] {
  if (root.kind !== 'map') return [];
  if (!has(root, 'kernel')) {
    const isEmpty = ['packages', 'files'].every((key) => items(child(root, key)).length === 0);
    return isEmpty ? [diagnostic(root, [], `expected "packages", "files" or "kernel", found ${keys(root)}`)] : [];
  }
  return [...root.entries.keys()]
    .filter((key) => key !== 'kernel')
    .map((key) => diagnostic(child(root, key) ?? root, [key], 'expected no other key beside "kernel", found this one'));
}

function checkLink(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const one = has(node, 'path');
  const several = has(node, 'in') && has(node, 'names');
  if (one !== several && has(node, 'in') === has(node, 'names')) return [];
  return [diagnostic(node, path, `expected either "path", or "in" and "names", found ${keys(node)}`)];
}

function checkFile(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  if (['contents', 'source', 'program'].filter((key) => has(node, key)).length === 1) return [];
  return [diagnostic(node, path, `expected one of "contents", "source" and "program", found ${keys(node)}`)];
}

function has(node: DocumentNode, key: string): boolean {
  return child(node, key) !== undefined;
}

function keys(node: DocumentNode): string {
  return node.kind === 'map' ? [...node.entries.keys()].map((key) => `"${key}"`).join(', ') || 'nothing' : 'no map';
}
