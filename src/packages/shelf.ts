// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { openStore, type Store } from '../oci/store.ts';
import type { Descriptor, Digest, Platform } from '../oci/types.ts';
import { type RecipeFolder, readRecipeFolder, shippedRecipes } from './folder.ts';
import { imageVersionAnnotation } from './image.ts';
import { storedRecipe } from './resolve.ts';

/** A recipe on the shelf. */
export interface ShelfEntry {
  readonly name: string;
  /** The first sentence of the recipe's own comment. */
  readonly description: string;
  /** What is in the store for this platform; absent when a build would have to make it. */
  readonly image?: { readonly digest: Digest; readonly size: number; readonly version?: string };
}

/** The recipes that come with tskit, sorted, with the images that the store has of them. Throws what reading them throws. */
export async function listShelf(platform: Platform, ctx: BuildContext): Promise<readonly ShelfEntry[]> {
  const store = await openStore(ctx.cache, ctx.signal);
  const names = readdirSync(shippedRecipes).sort();
  return await Promise.all(
    names.map(async (name) => {
      const folder = readRecipeFolder(name, shippedRecipes);
      const description = descriptionOf(folder.text);
      const found = await storedImage(folder, platform, ctx, store);
      if (found === undefined) return { name, description };
      const { config, layers, annotations } = store.readManifest(found.digest);
      const size = [found, config, ...layers].reduce((sum, blob) => sum + blob.size, 0);
      const version = annotations?.[imageVersionAnnotation];
      return { name, description, image: { digest: found.digest, size, ...(version !== undefined && { version }) } };
    }),
  );
}

/** Nothing of a kernel for a platform that there are no fragments for, which cannot be made. */
async function storedImage(
  folder: RecipeFolder,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<Descriptor | undefined> {
  try {
    return await storedRecipe(folder, platform, ctx, store);
  } catch (error) {
    if (error instanceof TskitError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** The first sentence of the comment that a recipe begins with. */
export function descriptionOf(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines
    .slice(0, end)
    .map((line) => line.replace(/^#\s?/, ''))
    .join(' ')
    .trim();
  return /^(.*?[^.])[.:](?:\s|$)/s.exec(comment)?.[1] ?? comment;
}
