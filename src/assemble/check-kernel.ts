// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { checkNeeds, foundText, type KernelNeed } from '../kernel/needs.ts';
import type { KernelCheck, KernelOptions } from '../rootfs.ts';
import type { Kernel } from './kernel.ts';

/** Compares what a system needs with the configuration of the kernel's image, when that has one. */
export async function checkKernelNeeds(
  needs: readonly KernelNeed[],
  kernel: Kernel,
  hasModules: boolean,
  ctx: BuildContext,
): Promise<KernelCheck> {
  const options = await kernel.options(needs.map(({ option }) => option));
  if (options === undefined) {
    const asked = needs.filter(({ isAsked }) => isAsked === true);
    const names = [...new Set(asked.map(({ option }) => option))];
    if (names.length > 0)
      ctx.reporter.note(`kernel: its image has no configuration, so that ${names.join(', ')} may be missing`);
    return { needs, checked: [] };
  }
  return { source: options.source, needs, checked: checkNeeds(needs, valuesOf(options), hasModules) };
}

/** The options that were asked for, by name. */
export function valuesOf({ values }: KernelOptions): ReadonlyMap<string, string> {
  return new Map(Object.entries(values));
}

/**
 * Stops a build whose kernel lacks what it needs.
 * @throws TskitError `spec` that lists each missing option once, with all that ask for it.
 */
export function refuseMissing({ source, checked }: KernelCheck, image: string): void {
  const missing = checked.filter(({ isMet }) => !isMet);
  if (missing.length === 0) return;
  const lines = [...new Set(missing.map(({ option }) => option))].map((option) => {
    const asking = missing.filter((need) => need.option === option);
    const [first] = asking;
    if (first === undefined) throw new Error('an option that nobody asks for');
    const more = asking.length === 1 ? '' : `, and ${asking.length - 1} more`;
    return `${needPrefix(first)}expected a kernel with ${option} for ${first.why}${more}, found ${foundText(first)}`;
  });
  throw new TskitError('spec', `${lines.join('\n')}\n(as ${source} of "${image}" says)`, {
    hint: 'take a kernel that has it, such as `pkg:kernel`, or build one with `tskit kernel build`; `tskit kernel check SPEC` shows all that a spec needs',
  });
}

function needPrefix({ place, entry }: KernelNeed): string {
  return `${place === undefined ? '' : `${place}: `}${entry === undefined ? 'kernel' : entry}: `;
}
