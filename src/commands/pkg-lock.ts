// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TskitError } from '../errors.ts';
import { lockChanges } from '../lock/changes.ts';
import { lockPath, readLock, writeLock } from '../lock/file.ts';
import { platformKey } from '../lock.ts';
import { readRecipeFolder } from '../packages/folder.ts';
import { pinRecipe } from '../packages/pin.ts';
import { ownReference } from '../packages/recipe-lock.ts';
import { recipeName } from '../packages/recipe-name.ts';
import type { PackageUpdate } from '../packages/update.ts';
import { type LockUpdate, updateLock } from '../packages/update-lock.ts';
import { buildContext } from './build-context.ts';
import type { Invocation } from './command.ts';
import { onlyArgument, someArguments } from './pkg-arguments.ts';
import { platformOf } from './spec-input.ts';

/** `tskit pkg lock WHAT...`. */
export async function lockPackages(invocation: Invocation, args: readonly string[]): Promise<void> {
  const context = buildContext(invocation);
  const platform = platformOf(invocation);
  const names = someArguments('lock', 'a folder with a recipe', args).map((text) => recipeName(text, '.'));
  const shipped = names.find((name) => !name.includes('/'));
  if (shipped !== undefined) {
    // Beside it a lock would count in every system that is built here.
    throw new TskitError(
      'usage',
      `pkg lock: expected a folder with a recipe, found "${shipped}", which is none of yours`,
      {
        hint: `\`tskit lock SPEC\` pins what a spec takes from the shelf; a folder of this name is ./${shipped}`,
      },
    );
  }
  const locks: string[] = [];
  for (const name of names) {
    const folder = readRecipeFolder(name, '.');
    const before = await readLock(folder.file);
    const pins = await pinRecipe(folder, platform, context);
    const recipes = {
      ...before?.recipes,
      [ownReference]: { ...before?.recipes[ownReference], [platformKey(platform)]: pins },
    };
    const after = { version: 1, images: before?.images ?? {}, recipes } as const;
    writeLock(folder.file, after);
    for (const change of lockChanges(before, after)) invocation.reporter.note(change);
    locks.push(lockPath(folder.file));
    if (!invocation.flag('json')) invocation.print(lockPath(folder.file));
  }
  if (invocation.flag('json')) invocation.print(JSON.stringify(locks));
}

/** `tskit pkg update [WHERE]`. */
export async function updatePackages(invocation: Invocation, args: readonly string[]): Promise<void> {
  const beside = besideOf(args.length === 0 ? '.' : onlyArgument('update', 'a folder, recipe or spec', args));
  const before = await readLock(beside);
  if (before === undefined) {
    throw new TskitError('not-found', `updating "${lockPath(beside)}": expected a lock, found none`, {
      hint: 'run `tskit lock SPEC` or `tskit pkg lock DIR` first',
    });
  }
  const { lock, updates } = await updateLock(before, dirname(beside), buildContext(invocation));
  writeLock(beside, lock);
  if (invocation.flag('json')) invocation.print(JSON.stringify(updates));
  else for (const line of updates.flatMap(linesOf)) invocation.print(line);
  if (updates.every(({ packages }) => packages.length === 0)) invocation.reporter.note('nothing has changed');
}

/** A file that the lock lies beside. */
function besideOf(place: string): string {
  const name = place.replace(/^pkg:/, '');
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new TskitError(
      'not-found',
      `updating "${place}": expected a recipe, a spec or a folder, found nothing there`,
      { hint: 'name what has a tskit.lock beside or in it; `tskit pkg lock DIR` or `tskit lock SPEC` makes one' },
    );
  }
  return stats.isDirectory() ? join(name, 'recipe.yml') : name;
}

function linesOf({ recipe, platform, packages }: LockUpdate): readonly string[] {
  return packages.map((one) => `${recipe} (${platform}): ${changeOf(one)}`);
}

function changeOf({ package: name, from, to, security }: PackageUpdate): string {
  if (from === undefined) return `${name} ${to} added`;
  if (to === undefined) return `${name} ${from} removed`;
  const fixes = [...(security?.advisories ?? []), ...(security?.cves ?? [])].join(', ');
  const urgency = security?.urgency;
  if (urgency === undefined) return `${name} ${from} -> ${to}`;
  return `${name} ${from} -> ${to}, security (urgency ${urgency})${fixes === '' ? '' : `: ${fixes}`}`;
}
