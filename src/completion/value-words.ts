// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import { formats } from '../emit/formats.ts';
import { shippedRecipes } from '../packages/folder.ts';

/** How a value is completed: from words, from names of files or folders, or not at all. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'recipes'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'folders' | 'specs' | 'builds' | 'nothing' };

/** What is built for: the names that OCI gives them. */
const architectures = ['amd64', 'arm64'];

const byPlaceholder: Readonly<Record<string, () => Completion>> = {
  ARCH: () => ({ kind: 'words', words: architectures }),
  FORMAT: () => ({ kind: 'words', words: Object.keys(formats) }),
  DIR: () => ({ kind: 'folders' }),
  FILE: () => ({ kind: 'files' }),
  TAR: () => ({ kind: 'files' }),
  PATH: () => ({ kind: 'builds' }),
  LOCKED: () => ({ kind: 'specs' }),
  RECIPE: () => ({ kind: 'recipes', words: shippedNames() }),
  IMAGE: () => ({ kind: 'words', words: recipeReferences() }),
};

/** How the help's word for a value says that it is completed: "DIR", "kvm|tcg|auto", "[file=]PATH[,size=SIZE]". */
export function completionOf(placeholder: string): Completion {
  if (/^[a-z0-9]+(\|[a-z0-9]+)+$/.test(placeholder)) return { kind: 'words', words: placeholder.split('|') };
  if (/SPEC/.test(placeholder)) return { kind: 'specs' };
  if (placeholder.startsWith('[file=]')) return { kind: 'files' };
  return byPlaceholder[placeholder]?.() ?? { kind: 'nothing' };
}

/**
 * The same for what stands after a command's name, such as "ls|clean|rm [flags] [IMAGE...]": for each place what may be there. What
 * is optional may be left out, so that the next word may be there instead.
 */
export function argumentCompletions(usage: string): readonly (readonly Completion[])[] {
  const words = usage.split(/\s+/).filter((word) => word !== '' && word !== '[flags]');
  return words.map((_, place) => {
    const following = words.slice(place);
    const required = following.findIndex((word) => !word.startsWith('['));
    return (required === -1 ? following : following.slice(0, required + 1)).map(argumentCompletion);
  });
}

function argumentCompletion(word: string): Completion {
  const name = word.replace(/^\[(.*)\]$/, '$1').replace(/\.\.\.$/, '');
  return /^[a-z]+$/.test(name) ? { kind: 'words', words: [name] } : completionOf(name);
}

function recipeReferences(): readonly string[] {
  return shippedNames().map((name) => `pkg:${name}`);
}

function shippedNames(): readonly string[] {
  return readdirSync(shippedRecipes).sort();
}
