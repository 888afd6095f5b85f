// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Lock, LockedRecipe } from '../lock.ts';
import { parsePlatform } from '../oci/platform.ts';
import { openStore } from '../oci/store.ts';
import { readRecipeFolder } from './folder.ts';
import { pinRecipe } from './pin.ts';
import { ownReference } from './recipe-lock.ts';
import { type PackageUpdate, packageUpdates } from './update.ts';

/** What changed for one recipe of a lock on one platform. */
export interface LockUpdate {
  /** As the lock calls it: "pkg:nginx". */
  readonly recipe: string;
  /** "linux/amd64". */
  readonly platform: string;
  readonly packages: readonly PackageUpdate[];
}

/** Pins every recipe of a lock anew, for each platform that it has it for; images stay. Throws what pinning and downloading throw. */
export async function updateLock(
  lock: Lock,
  folder: string,
  ctx: BuildContext,
): Promise<{ readonly lock: Lock; readonly updates: readonly LockUpdate[] }> {
  const store = await openStore(ctx.cache, ctx.signal);
  const updates: LockUpdate[] = [];
  const recipes: Record<string, Record<string, LockedRecipe>> = {};
  for (const [reference, platforms] of Object.entries(lock.recipes)) {
    const name = reference === ownReference ? './' : reference.slice('pkg:'.length);
    const recipe = readRecipeFolder(name, folder);
    recipes[reference] = {};
    for (const [key, before] of Object.entries(platforms)) {
      const platform = parsePlatform(key);
      const after = await pinRecipe(recipe, platform, ctx);
      recipes[reference][key] = after;
      updates.push({
        recipe: reference === ownReference ? `pkg:${recipe.name}` : reference,
        platform: key,
        packages: await packageUpdates(before, after, platform, ctx, store),
      });
    }
  }
  return { lock: { ...lock, recipes }, updates };
}
