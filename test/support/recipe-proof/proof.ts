// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { shippedRecipes } from '../../../src/packages/folder.ts';
import { settingsLabel } from '../../../src/spec/label.ts';

/** Keys of a spec's entry. */
export type Entry = Readonly<Record<string, unknown>>;

/**
 * How it shows that a job lacks a capability: by a line of its output (an extended regular expression), or by shell lines that
 * succeed when the loss is there to be seen.
 */
export type Loss = { readonly said: string } | { readonly seen: string };

/**
 * What a recipe is for, and what it cannot do without. Shell lines are run by busybox's sh with `set -e`, as root with all
 * capabilities in the system's network, with its processes, /dev, /run, /tmp and /var, and with `tsctl`; $JOB is the entry's name.
 */
export interface RecipeProof {
  /** The folder's name below packages/. */
  readonly recipe: string;
  /** The entry's, when a recipe has more than one proof; else the recipe's. */
  readonly name?: string;
  /** Where the entry stands: one for `onboot` has to end with exit code 0, a service need not end. */
  readonly section: 'onboot' | 'services';
  /** The fewest capabilities with which it works, where the label gives all to those whom the image lets in; else the label's. */
  readonly fewest?: readonly string[];
  /** What a spec says beside name, image and capabilities. */
  readonly entry?: Entry;
  /** Run before each start: so that no run finds the job done by the one before. */
  readonly before?: string;
  /** Succeeds when the job is done, and only then. For a service it is run until it does. */
  readonly done: string;
  /** Most seconds for one round of shell lines, a quarter of what a whole run may take; 15 unless given. */
  readonly seconds?: number;
  /** For each capability of the recipe's label, how it shows that it is missing. */
  readonly without: Readonly<Record<string, Loss>>;
}

/** One run of a job: with the capabilities of its label, or with all of them but one. */
export interface ProofRun {
  /** Name of the entry: "dhcp" or "dhcp-without-CAP_NET_RAW". */
  readonly name: string;
  readonly proof: RecipeProof;
  readonly missing?: string;
}

interface Rights {
  readonly capabilities: readonly string[];
  /** Those of them that a user other than root keeps. */
  readonly ambient: readonly string[];
}

/** The capabilities in a shipped recipe's label. */
export function capabilitiesOf(recipe: string): readonly string[] {
  return rightsOf(recipe).capabilities;
}

/** The rights in a shipped recipe's label. */
export function rightsOf(recipe: string): Rights {
  const document = parse(readFileSync(join(shippedRecipes, recipe, 'recipe.yml'), 'utf8')) as {
    config?: { labels?: Record<string, Partial<Rights>> };
  };
  const label = document.config?.labels?.[settingsLabel];
  return { capabilities: label?.capabilities ?? [], ambient: label?.ambient ?? [] };
}

/** The capabilities that a proof takes away one by one. */
export function neededBy({ recipe, fewest }: RecipeProof): readonly string[] {
  return fewest ?? capabilitiesOf(recipe);
}

/** All runs of a proof, the one with all capabilities last: what an earlier one left behind must not help it. */
export function runsOf(proof: RecipeProof): readonly ProofRun[] {
  const { name = proof.recipe } = proof;
  const without = neededBy(proof).map((missing) => ({
    name: `${name}-without-${missing}`,
    proof,
    missing,
  }));
  return [...without, { name, proof }];
}
