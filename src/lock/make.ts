// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { allPlatforms, type Lock, type LockedRecipe, platformKey } from '../lock.ts';
import type { Digest, Platform } from '../oci/types.ts';
import { readRecipeFolder } from '../packages/folder.ts';
import { pinRecipe } from '../packages/pin.ts';
import { imageReferences, layoutVolumes, resolve } from '../resolve.ts';
import { type ParseOptions, parseSpecs } from '../spec/parse.ts';
import type { SpecSource } from '../spec/read-source.ts';

/** A recipe's scheme in references. */
const recipeScheme = 'pkg:';

export interface LockRequest {
  /** The texts of the spec, merged in their order, and how they are read. */
  readonly sources: readonly SpecSource[];
  readonly parsing?: ParseOptions;
  readonly platform: Platform;
  /** Pin anew what is pinned already: registries and Debian's archive are asked again. */
  readonly update: boolean;
  /** The lock so far. What it has for other specs, references and platforms stays. */
  readonly lock?: Lock;
}

/** Pins everything that a spec names for a platform. Throws what resolving it can throw. */
export async function makeLock(request: LockRequest, ctx: BuildContext): Promise<Lock> {
  const { platform, update, lock = { version: 1, images: {}, recipes: {} } } = request;
  const spec = parseSpecs(request.sources, request.parsing);
  const key = platformKey(platform);
  const isNew = (reference: string): boolean =>
    update || (lock.images[reference]?.[key] === undefined && lock.recipes[reference]?.[key] === undefined);
  const references = imageReferences(spec).filter(isNew);
  const isRecipe = (reference: string): boolean => reference.startsWith(recipeScheme);

  const volumes = layoutVolumes(spec).filter(
    ({ image }) => !isRecipe(image) && (update || lock.images[image]?.[allPlatforms] === undefined),
  );
  const bare = {
    ...spec,
    init: references.filter((one) => !isRecipe(one)),
    volumes,
    onboot: [],
    onshutdown: [],
    services: [],
  };
  const { kernel: _, ...images } = bare;
  // The store may know Docker's index by one that it made of it, which the registry does not have.
  const pull = update || ctx.pull || volumes.length > 0;
  const resolved = await resolve(images, platform, { ...ctx, pull });
  const recipes = new Map<string, LockedRecipe>();
  for (const reference of references.filter(isRecipe)) {
    const folder = readRecipeFolder(reference.slice(recipeScheme.length), spec.origin.folder);
    recipes.set(reference, await pinRecipe(folder, platform, ctx));
  }
  const digests = new Map<string, Digest>([...resolved.images].map(([name, { manifest }]) => [name, manifest.digest]));
  const wholes = new Map<string, Digest>(
    [...resolved.layouts.values()].map(({ reference, named }) => [reference, named.digest]),
  );
  const pinned = merge(merge(lock.images, digests, key), wholes, allPlatforms);
  return { version: 1, images: pinned, recipes: merge(lock.recipes, recipes, key) };
}

function merge<T>(
  known: Readonly<Record<string, Readonly<Record<string, T>>>>,
  added: ReadonlyMap<string, T>,
  key: string,
): Record<string, Readonly<Record<string, T>>> {
  const entries = [...added].map(([reference, pin]) => [reference, { ...known[reference], [key]: pin }] as const);
  return { ...known, ...Object.fromEntries(entries) };
}
