// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Deb } from './deb.ts';
import { globPattern } from './glob.ts';
import type { Recipe } from './recipe.ts';

/** Maintainer scripts that an installation runs; prerm and postrm run at upgrades and removals, which an image has none of. */
const installScripts = ['preinst', 'postinst', 'config'] as const;

/** What one package would have run. */
interface Unreplaced {
  readonly package: string;
  readonly file: string;
  readonly actions: readonly string[];
}

/**
 * What an installation of the package would run, as recipes name it: "preinst", "postinst", "config", and "trigger NAME" for
 * each trigger that it is interested in or activates (deb-triggers(5)).
 */
export function installActions(deb: Pick<Deb, 'members'>): readonly string[] {
  const triggers = (deb.members.get('triggers') ?? '')
    .split('\n')
    .map((line) => /^\s*(?:interest|activate)(?:-await|-noawait)?\s+(\S+)/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  return [
    ...installScripts.filter((name) => deb.members.has(name)),
    ...new Set(triggers.map((name) => `trigger ${name}`)),
  ];
}

/**
 * Makes sure that the recipe answers for everything that is not run. Throws one error `package` that lists all of it, since a
 * recipe's author wants to see the whole work at once.
 */
export function requireReplaced(recipe: Recipe, recipeFile: string, debs: ReadonlyMap<string, Deb>): void {
  const rules = Object.entries(recipe.replaced ?? {}).map(([glob, actions]) => ({
    pattern: globPattern(glob),
    actions,
  }));
  const isReplaced = (name: string, action: string): boolean =>
    rules.some(({ pattern, actions }) => pattern.test(name) && Object.hasOwn(actions, action));
  const open = [...debs]
    .map(([name, deb]) => ({
      package: name,
      file: deb.file,
      actions: installActions(deb).filter((action) => !isReplaced(name, action)),
    }))
    .filter(({ actions }) => actions.length > 0);
  if (open.length > 0) throw unreplaced(open, recipeFile);
}

function unreplaced(open: readonly Unreplaced[], recipeFile: string): TskitError {
  const list = open.map((one) => `\n  ${one.package}: ${one.actions.join(', ')}${placeOf(one)}`).join('');
  return new TskitError(
    'package',
    `building from "${recipeFile}": scripts of packages are not run, and the recipe does not say what replaces these:${list}`,
    { hint: `read them with \`dpkg-deb --info FILE SCRIPT\`, do their work in the recipe, and add\n${stanza(open)}` },
  );
}

/** Where scripts can be read; triggers say all by their names. */
function placeOf({ actions, file }: Unreplaced): string {
  return actions.every((action) => action.startsWith('trigger ')) ? '' : ` (in "${file}")`;
}

/** The missing part of the recipe, ready to be filled in. A trigger that several packages share is answered once for all. */
function stanza(open: readonly Unreplaced[]): string {
  const count = (action: string): number => open.filter(({ actions }) => actions.includes(action)).length;
  const isShared = (action: string): boolean => action.startsWith('trigger ') && count(action) > 1;
  const shared = [...new Set(open.flatMap(({ actions }) => actions.filter(isShared)))];
  const groups = [
    { name: '"*"', actions: shared },
    ...open.map((one) => ({ name: one.package, actions: one.actions.filter((action) => !isShared(action)) })),
  ].filter(({ actions }) => actions.length > 0);
  const lines = groups.flatMap(({ name, actions }) => [
    `  ${name}:`,
    ...actions.map((action) => `    ${action}: what does this here, or why not`),
  ]);
  return ['replaced:', ...lines].join('\n');
}
