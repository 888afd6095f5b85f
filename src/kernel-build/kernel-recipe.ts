// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname, join, normalize } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { LockedRecipe } from '../lock.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import type { RecipeFolder } from '../packages/folder.ts';
import { parseRecipe } from '../packages/parse-recipe.ts';
import type { KernelStep } from '../packages/recipe.ts';
import { renewHint } from '../packages/recipe-lock.ts';
import { sourcePackage } from '../packages/series.ts';
import { buildKernel } from './build-kernel.ts';
import { type Fragment, isFragmentPath, mergeFragments, readFragment } from './fragments.ts';

/** The kernel of a recipe with a `kernel` section, from exactly the pinned source. Throws what {@link buildKernel} does. */
export async function buildKernelRecipe(
  folder: RecipeFolder,
  { series }: KernelStep,
  pins: LockedRecipe,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<Descriptor> {
  const source = pins.packages.find(({ name }) => name === sourcePackage(series));
  if (source === undefined) {
    throw new TskitError('lock', `"${folder.file}": expected "${sourcePackage(series)}" in tskit.lock, found none`, {
      hint: renewHint,
    });
  }
  const options = mergeFragments(recipeFragments(folder, platform), {
    series,
    architecture: platform.architecture,
  });
  const { manifest } = await buildKernel({ series, source, options, platform }, ctx, store);
  return manifest;
}

/**
 * The fragments of a recipe with a `kernel` section, in order: shipped ones, and files of the recipe, which its hash is made of too.
 * Throws `spec` for a recipe with mistakes and `not-found`.
 */
export function recipeFragments(folder: RecipeFolder, platform: Platform): readonly Fragment[] {
  const files = join(dirname(folder.file), 'files');
  const { kernel } = parseRecipe(folder.text, folder.file);
  return (kernel?.fragments ?? []).map((given) => {
    const name = given.replaceAll('${arch}', platform.architecture);
    if (isFragmentPath(name) && !folder.sources.has(normalize(name))) {
      throw new TskitError(
        'not-found',
        `"${folder.file}": kernel fragment "${name}": expected a file in the recipe's folder "files", found none`,
        { hint: `there are ${[...folder.sources.keys()].join(', ') || 'no files'}` },
      );
    }
    return { ...readFragment(name, files, platform.architecture), isOfRecipe: isFragmentPath(name) };
  });
}
