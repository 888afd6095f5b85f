// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lock } from '../lock.ts';
import type { RecipeFolder } from './folder.ts';

/** What a recipe is called in the lock of its own folder, whatever the folder is called. */
export const ownReference = 'pkg:.';

/** How pins are made anew that do not fit the recipe or the archive any more. */
export const renewHint =
  'run `tskit lock --update` on this spec, or `tskit pkg update` on the recipe when the lock lies beside it';

/** Whether a lock lies beside the recipe.yml. */
export function hasOwnLock({ file }: RecipeFolder): boolean {
  return existsSync(join(dirname(file), 'tskit.lock'));
}

/** The lock that lies beside a recipe.yml: it counts where the spec has none. Throws `lock` for a damaged one. */
export async function ownLock(folder: RecipeFolder): Promise<Lock | undefined> {
  const { readLock } = await import('../lock/file.ts');
  return await readLock(folder.file);
}
