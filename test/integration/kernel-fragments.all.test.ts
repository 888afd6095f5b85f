// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Of all tests alone: each unpacks 1.3 GB of source, and asks Kconfig some fifteen times.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configure } from '../../src/kernel-build/configure.ts';
import { mergeFragments, readFragment, shippedFragments } from '../../src/kernel-build/fragments.ts';
import { recipeFragments } from '../../src/kernel-build/kernel-recipe.ts';
import { readRecipeFolder } from '../../src/packages/folder.ts';
import { sharedCache } from '../support/boot-build.ts';
import { testContext } from '../support/build-context.ts';
import { unpackKernelSource } from '../support/kernel-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What comes after security: modules need a key under lockdown, and debugging opens what hardening closes. */
const takesBack = new Set(['edge', 'debug']);

/** In an order in which none takes back what another one has asked for. */
const features = readdirSync(shippedFragments)
  .map((name) => name.replace('.config', ''))
  .filter((name) => !['base', 'amd64', 'arm64', 'vm', 'signed'].includes(name))
  .sort((one, two) => Number(takesBack.has(one)) - Number(takesBack.has(two)));

test.each([
  ['6.12', 'amd64'],
  ['6.12', 'arm64'],
  ['6.1', 'amd64'],
  ['6.1', 'arm64'],
])(
  'Linux %s for %s takes every option of each fragment, alone and together',
  { timeout: 1_800_000 },
  async (series, architecture) => {
    using folder = temporaryFolder();
    const tree = await unpackKernelSource(series, architecture, sharedCache, folder.path);
    const named = (names: readonly string[]) => names.map((name) => readFragment(name, '/', architecture));
    const vm = recipeFragments(readRecipeFolder('kernel-vm', '.'), { os: 'linux', architecture });
    const micro = recipeFragments(readRecipeFolder('kernel-micro', '.'), { os: 'linux', architecture });
    const combinations = new Map([
      ['kernel-vm', vm],
      ['kernel-micro', micro],
      ...['cloud', 'edge', 'debug', 'storage'].map(
        (name) => [`kernel-vm, ${name}`, [...vm, ...named([name])]] as const,
      ),
      // A cloud's machines are virtual machines; all others want nothing but what every kernel has.
      ...features.map((name) => {
        const below = ['base', architecture, ...(name === 'cloud' ? ['virtio'] : [])];
        return [[...below, name].join(', '), named([...below, name])] as const;
      }),
      ['all', named(['base', architecture, ...features])],
    ]);
    const refused: string[] = [];
    for (const [name, fragments] of combinations) {
      const options = mergeFragments(fragments, { series, architecture });
      await configure(tree, options, testContext(sharedCache)).catch((error: Error) => {
        refused.push(`${name}: ${error.message}`);
      });
    }
    expect(refused).toEqual([]);
  },
);
