// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { type BuildContext, inStage } from '../context.ts';
import { type Lock, type LockedRecipe, lockedRecipe, platformKey } from '../lock.ts';
import { openStore, type Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { type RecipeFolder, readRecipeFolder } from './folder.ts';
import { readSources, sourcesVariable } from './host-sources.ts';
import { hasOwnLock, ownLock, ownReference } from './recipe-lock.ts';

/** Raised whenever the same recipe and packages make another image, so that none of an earlier version is taken for one of this. */
const builderVersion = 4;

/** An image of a recipe in the store, and what it was made of. */
export interface RecipeImage {
  readonly manifest: Descriptor;
  /** Its name in the store. */
  readonly stored: string;
  /** Whether this call made it. */
  readonly isNew: boolean;
}

/**
 * The image of a recipe (`pkg:NAME`, the name without "pkg:"), built when the store has none of it. With a lock, the spec's or else
 * the one beside the recipe, its packages are exactly those of the lock; without one an image of the same recipe is used as it is,
 * unless `ctx.pull` asks what the archive has now. Throws `not-found`, `spec`, `package`, `lock`, `network`, `digest`, `platform` and
 * `store`.
 */
export async function resolveRecipe(
  name: string,
  specDir: string,
  platform: Platform,
  ctx: BuildContext,
  lock?: Lock,
): Promise<RecipeImage> {
  const folder = readRecipeFolder(name, specDir);
  const store = await openStore(ctx.cache, ctx.signal);
  const locked = await pinsOf(name, folder, platform, lock);
  const stored = storeName(folder, await keyOf(folder, platform, ctx, locked ?? (await chosenSources())));
  const known = ctx.pull && locked === undefined ? undefined : storedImage(store, stored);
  if (known !== undefined) {
    ctx.reporter.cached(`pkg:${name}`);
    return { manifest: known, stored, isNew: false };
  }
  // Loaded only now: a warm build needs none of it.
  const { buildRecipe } = await import('./build.ts');
  const { pinRecipe } = await import('./pin.ts');
  const image = ctx.reporter.task(`pkg:${name}`);
  const steps = inStage(ctx, 'packages');
  try {
    const pins = locked ?? (await pinRecipe(folder, platform, steps));
    const manifest = await buildRecipe(folder, pins, platform, steps, store);
    await store.tag(stored, manifest);
    image.done();
    return { manifest, stored, isNew: true };
  } catch (error) {
    image.fail();
    throw error;
  }
}

/** The image that a build of the recipe would use as it is, when the store has it. Throws what reading the recipe throws. */
export async function storedRecipe(
  folder: RecipeFolder,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<Descriptor | undefined> {
  const pins = (await pinsOf('.', folder, platform, undefined)) ?? (await chosenSources());
  return storedImage(store, storeName(folder, await keyOf(folder, platform, ctx, pins)));
}

async function pinsOf(
  name: string,
  folder: RecipeFolder,
  platform: Platform,
  lock: Lock | undefined,
): Promise<LockedRecipe | undefined> {
  if (lock !== undefined) return lockedRecipe(lock, `pkg:${name}`, platform);
  const own = hasOwnLock(folder) ? await ownLock(folder) : undefined;
  return own === undefined ? undefined : lockedRecipe(own, ownReference, platform);
}

/** Told without reading YAML: a warm build has no other use for a recipe's text. */
function isKernelRecipe(folder: RecipeFolder): boolean {
  return /^kernel:/m.test(folder.text);
}

/** A kernel's fragments are input as much as the recipe; shipped ones lie outside of its folder. */
async function kernelRecipeHash(folder: RecipeFolder, platform: Platform): Promise<string> {
  const { recipeFragments } = await import('../kernel-build/kernel-recipe.ts');
  const fragments = recipeFragments(folder, platform).map(({ text }) => text);
  return createHash('sha256')
    .update(JSON.stringify([folder.hash, fragments]))
    .digest('hex');
}

/** Without a lock the archive's day does not count, but which archive it is does where the user chose one. */
async function chosenSources(): Promise<string> {
  return process.env[sourcesVariable] === undefined ? 'host' : await readSources(process.env);
}

async function keyOf(
  folder: RecipeFolder,
  platform: Platform,
  ctx: BuildContext,
  packages: LockedRecipe | string,
): Promise<string> {
  const hash = isKernelRecipe(folder) ? await kernelRecipeHash(folder, platform) : folder.hash;
  return createHash('sha256')
    .update(JSON.stringify([builderVersion, hash, platformKey(platform), ctx.epoch, packages]))
    .digest('hex');
}

/** A stored image with all its blobs; `cache clean` or a killed build may have left only part of it. */
function storedImage(store: Store, name: string): Descriptor | undefined {
  const manifest = store.lookup(name);
  if (manifest === undefined || !store.hasBlob(manifest)) return undefined;
  const { config, layers } = store.readManifest(manifest.digest);
  return [config, ...layers].every((blob) => store.hasBlob(blob)) ? manifest : undefined;
}

/** The reference under which the store keeps an image of a recipe, in the characters that OCI tools take. */
function storeName(folder: RecipeFolder, key: string): string {
  return `pkg:${folder.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}@${key.slice(0, 32)}`;
}
