// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../boot-build.ts';
import { Machine } from '../machine.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { neededBy, type RecipeProof, runsOf } from './proof.ts';
import { proofSpec, type Scene } from './spec.ts';

/**
 * Declares the tests of recipes that share one boot: each does its job with the capabilities of its label, and fails without any
 * one of them in the way that its proof says. `args` are of `tskit run`, `qemuArgs` of QEMU. What is returned tells further tests what the console
 * showed.
 */
export function proveRecipes(
  proofs: readonly RecipeProof[],
  scene: Scene = {},
  { args = [], qemuArgs = [] }: { readonly args?: readonly string[]; readonly qemuArgs?: readonly string[] } = {},
): { readonly console: () => string } {
  let console = '';

  beforeAll(async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'proofs.yml');
    writeFileSync(file, JSON.stringify(proofSpec(proofs, scene)));
    const { base } = await buildForBoot(file, folder.path);
    await using machine = new Machine([...args, base], qemuArgs);
    await machine.waitFor(/prover: proofs are over|init crashed/, 500_000);
    ({ console } = machine);
  });

  describe.each(proofs)('pkg:$recipe in $section', (proof) => {
    test('has a proof for each capability that it needs, and for no other', () => {
      expect(Object.keys(proof.without).sort()).toEqual([...neededBy(proof)].sort());
    });

    test.each(runsOf(proof).map((run) => ({ ...run, act: title(run.missing) })))('$act', ({ name, missing }) => {
      const outcome = new RegExp(`^prover: proof ${name}: (.*)$`, 'm').exec(console)?.[1];
      expect(outcome, console).toBe(missing === undefined ? 'works' : 'fails');
    });
  });
  return { console: () => console };
}

function title(missing: string | undefined): string {
  return missing === undefined ? 'does its job with these capabilities' : `fails without ${missing}`;
}
