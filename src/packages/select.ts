// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { LockedPackage } from '../lock.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import { relationNames, type Stanza } from './control.ts';
import { globPattern } from './glob.ts';
import type { OmittedPackage, PackageRequest, Recipe } from './recipe.ts';

/** What a recipe asks of apt, and of what apt answers; also what a lock remembers of it (`request`). */
export type Selection = Pick<Recipe, 'packages' | 'only' | 'without'>;

/** A selection whose requests are settled. */
export type SettledSelection = Omit<Selection, 'packages'> & { readonly packages: readonly SettledRequest[] };

/** The part of a recipe that decides its package list, one line each. */
export function requestOf(recipe: Selection): readonly string[] {
  return [
    ...(recipe.packages ?? []).map(requestLine),
    ...(recipe.only === true ? ['only'] : []),
    ...(recipe.without ?? []).map((one) => `without ${nameOf(one)}${isOptional(one) ? ' if there' : ''}`),
  ];
}

function requestLine(request: PackageRequest): string {
  if (typeof request === 'string') return request;
  if ('follow' in request) return `follow ${request.follow}`;
  return 'any' in request ? `any ${request.any.join(' ')}` : `${request.name} if there`;
}

/** A request that is settled: the archive has a package of the name. */
export type SettledRequest = string | { readonly follow: string };

/** Names of which it is for the archive to say whether it has them, `${arch}` replaced. */
export function uncertainNames(packages: readonly PackageRequest[], architecture: string): readonly string[] {
  return packages.flatMap((request) =>
    typeof request === 'string' || 'follow' in request ? [] : choicesOf(request, architecture),
  );
}

/**
 * The requests with each choice made: the first of several names that is `known`, and nothing for an optional one that is not.
 * Throws `package` when none of several is known.
 */
export function settleRequests(
  packages: readonly PackageRequest[],
  known: ReadonlySet<string>,
  architecture: string,
): readonly SettledRequest[] {
  return packages.flatMap((request) => {
    if (typeof request === 'string' || 'follow' in request) return [request];
    const choices = choicesOf(request, architecture);
    const found = choices.find((name) => known.has(name));
    if (found === undefined && 'any' in request) {
      const names = choices.map((name) => `"${name}"`).join(', ');
      throw new TskitError('package', `resolving any of ${names}: expected one that the archive has, found none`, {
        hint: "check the names in the recipe's `packages`",
      });
    }
    return found === undefined ? [] : [found];
  });
}

function choicesOf(
  request: Exclude<PackageRequest, string | { readonly follow: string }>,
  architecture: string,
): readonly string[] {
  const names = 'any' in request ? request.any : [request.name];
  return names.map((name) => name.replaceAll('${arch}', architecture));
}

/** The name for apt: `${arch}` stands for Debian's name of the architecture. */
export function aptRequest(request: SettledRequest, architecture: string): string {
  return (typeof request === 'string' ? request : request.follow).replaceAll('${arch}', architecture);
}

/**
 * The packages of the image, sorted by name, out of what apt would install: those that the recipe names, what a followed
 * metapackage stands for, and unless `only` is set all that they need, except what hangs on nothing but `without`.
 * @param stanzas the archive's metadata of all that apt would install, by name.
 */
export function selectPackages(
  recipe: SettledSelection,
  stanzas: ReadonlyMap<string, Stanza>,
  architecture: string,
): readonly LockedPackage[] {
  const without = new Set((recipe.without ?? []).flatMap((one) => omitted(one, stanzas, architecture)));
  const providers = providersOf(stanzas);
  const roots = recipe.packages.map((request) => rootOf(request, stanzas, providers, architecture));
  const names = recipe.only === true ? new Set(roots) : reachable(roots, without, stanzas, providers);
  return [...names].sort().map((name) => pinOf(name, stanzas));
}

/** The packages that an entry of `without` means. */
function omitted(entry: OmittedPackage, stanzas: ReadonlyMap<string, Stanza>, architecture: string): readonly string[] {
  const glob = nameOf(entry).replaceAll('${arch}', architecture);
  const pattern = globPattern(glob);
  const found = [...stanzas.keys()].filter((name) => pattern.test(name));
  if (found.length === 0 && !isOptional(entry)) throw notNeeded(glob, stanzas);
  return found;
}

function nameOf(entry: OmittedPackage): string {
  return typeof entry === 'string' ? entry : entry.name;
}

function isOptional(entry: OmittedPackage): boolean {
  return typeof entry !== 'string' && entry.optional === true;
}

function rootOf(
  request: SettledRequest,
  stanzas: ReadonlyMap<string, Stanza>,
  providers: Providers,
  architecture: string,
): string {
  const asked = aptRequest(request, architecture).replace(/=.*$/, '');
  // apt takes a name that nobody has for a regular expression, so that it may have answered with anything.
  const name = stanzas.has(asked) ? asked : providers.get(asked)?.[0];
  if (name === undefined) {
    throw new TskitError('package', `resolving "${asked}": expected a package of this name, found none`, {
      hint: "check the name in the recipe's `packages`",
    });
  }
  return typeof request === 'string' ? name : followed(name, stanzas);
}

/** The one package that a metapackage depends on. */
function followed(name: string, stanzas: ReadonlyMap<string, Stanza>): string {
  const targets = relationNames(stanzas.get(name)?.get('depends')).map((group) =>
    group.find((one) => stanzas.has(one)),
  );
  const [target] = targets;
  if (target === undefined || targets.length !== 1) {
    throw new TskitError(
      'package',
      `following "${name}": expected a metapackage with one dependency, found ${targets.length}`,
      { hint: 'name the packages themselves in `packages`' },
    );
  }
  return target;
}

/** All that the roots need, through Depends and Pre-Depends, without entering packages that are left out. */
function reachable(
  roots: readonly string[],
  without: ReadonlySet<string>,
  stanzas: ReadonlyMap<string, Stanza>,
  providers: Providers,
): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name) || without.has(name)) continue;
    found.add(name);
    const stanza = stanzas.get(name);
    for (const group of [...relationNames(stanza?.get('pre-depends')), ...relationNames(stanza?.get('depends'))]) {
      pending.push(...group.flatMap((one) => (stanzas.has(one) ? [one] : (providers.get(one) ?? []))));
    }
  }
  return found;
}

/** Name that packages provide besides their own -> these packages. */
type Providers = ReadonlyMap<string, readonly string[]>;

function providersOf(stanzas: ReadonlyMap<string, Stanza>): Providers {
  const providers = new Map<string, string[]>();
  for (const [name, stanza] of stanzas) {
    for (const provided of relationNames(stanza.get('provides')).flat()) {
      providers.set(provided, [...(providers.get(provided) ?? []), name]);
    }
  }
  return providers;
}

function notNeeded(name: string, stanzas: ReadonlyMap<string, Stanza>): TskitError {
  const nearest = nearestKey(name, [...stanzas.keys()]);
  return new TskitError('package', `without "${name}": expected a package that the others need, found no such`, {
    hint:
      nearest === undefined
        ? `take it out of \`without\`, or write { name: "${name}", optional: true } if only some releases have it`
        : `did you mean "${nearest}"?`,
  });
}

function pinOf(name: string, stanzas: ReadonlyMap<string, Stanza>): LockedPackage {
  const stanza = stanzas.get(name);
  const field = (key: string): string => stanza?.get(key) ?? '';
  const pin = {
    name,
    version: field('version'),
    architecture: field('architecture'),
    sha256: field('sha256'),
    size: Number(field('size')),
  };
  if (pin.version === '' || !/^[0-9a-f]{64}$/.test(pin.sha256) || !Number.isSafeInteger(pin.size)) {
    throw new TskitError(
      'package',
      `package "${name}": expected a version, SHA256 and Size in the archive's list, found ${JSON.stringify(pin)}`,
    );
  }
  return pin;
}
