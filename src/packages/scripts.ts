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
  readonly action: string;
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
  const open = [...debs].flatMap(([name, deb]) =>
    installActions(deb)
      .filter((action) => !isReplaced(name, action))
      .map((action) => ({ package: name, action })),
  );
  if (open.length > 0) throw unreplaced(open, recipeFile);
}

function unreplaced(open: readonly Unreplaced[], recipeFile: string): TskitError {
  const list = open.map((one) => `\n  ${one.package}: ${one.action}`).join('');
  return new TskitError(
    'package',
    `building from "${recipeFile}": scripts of packages are not run, and the recipe does not say what replaces these:${list}`,
    { hint: `read them with \`dpkg-deb --info FILE SCRIPT\`, do their work in the recipe, and add\n${stanza(open)}` },
  );
}

/** The missing part of the recipe, ready to be filled in. */
function stanza(open: readonly Unreplaced[]): string {
  const names = [...new Set(open.map((one) => one.package))];
  const lines = names.flatMap((name) => [
    `  ${name}:`,
    ...open.filter((one) => one.package === name).map(({ action }) => `    ${action}: what does this here, or why not`),
  ]);
  return ['replaced:', ...lines].join('\n');
}
