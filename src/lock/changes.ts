// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Lock, LockedRecipe } from '../lock.ts';

/** What is different in a lock, one line a change, for whoever reviews it. */
export function lockChanges(before: Lock | undefined, after: Lock): readonly string[] {
  return [...imageChanges(before, after), ...recipeChanges(before, after)];
}

function imageChanges(before: Lock | undefined, after: Lock): readonly string[] {
  return pairs(before?.images, after.images).flatMap(([label, old, now]) => {
    if (old === now) return [];
    return [old === undefined ? `${label}: ${now}` : `${label}: ${old} -> ${now}`];
  });
}

function recipeChanges(before: Lock | undefined, after: Lock): readonly string[] {
  return pairs(before?.recipes, after.recipes).flatMap(([label, old, now]) => {
    if (old === undefined) {
      const packages = now.packages.map(({ name, version }) => `${name} ${version}`);
      return [`${label}: ${packages.join(', ') || 'no packages'}`];
    }
    return packageChanges(old, now).map((change) => `${label}: ${change}`);
  });
}

function packageChanges(old: LockedRecipe, now: LockedRecipe): readonly string[] {
  const versions = new Map(old.packages.map(({ name, version, sha256 }) => [name, { version, sha256 }]));
  const names = new Set(now.packages.map(({ name }) => name));
  return [
    ...now.packages.flatMap(({ name, version, sha256 }) => {
      const known = versions.get(name);
      if (known === undefined) return [`${name} ${version} added`];
      if (known.version !== version) return [`${name} ${known.version} -> ${version}`];
      return known.sha256 === sha256 ? [] : [`${name} ${version} is another file`];
    }),
    ...old.packages.filter(({ name }) => !names.has(name)).map(({ name, version }) => `${name} ${version} removed`),
  ];
}

/** Every pin of `after` with what it was: ["pkg:nginx (linux/amd64)", old, new]. */
function pairs<T>(
  before: Readonly<Record<string, Readonly<Record<string, T>>>> | undefined,
  after: Readonly<Record<string, Readonly<Record<string, T>>>>,
): readonly (readonly [string, T | undefined, T])[] {
  return Object.entries(after).flatMap(([reference, pins]) =>
    Object.entries(pins).map(([key, pin]) => [`${reference} (${key})`, before?.[reference]?.[key], pin] as const),
  );
}
