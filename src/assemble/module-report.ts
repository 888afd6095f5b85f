// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { ModuleSummary } from '../rootfs.ts';
import { formatPlace } from '../spec/texts.ts';
import type { Spec } from '../spec/types.ts';
import type { ModuleChoice } from './module-choice.ts';
import type { ModuleUse } from './prune-modules.ts';
import type { Root } from './root-tree.ts';

const reasons = {
  all: 'all of them',
  none: 'none, as the spec says',
  listed: 'those that the spec lists, and what they and the spec need',
  reachable: 'all but those that nothing in this system could have the kernel load',
} as const;

/**
 * Looks at what a choice of modules comes to, and tells it where it leaves some out. Undefined for a kernel without modules.
 * @throws TskitError `spec` that lists entries of `kernel.modules` that name none.
 */
export async function summariseModules(
  root: Root,
  choice: ModuleChoice,
  spec: Spec,
  ctx: BuildContext,
): Promise<ModuleSummary | undefined> {
  if (spec.kernel === undefined) return undefined;
  const uses = await root.moduleUse(choice);
  if (choice.kind === 'listed') checkKnown(choice.asked, uses, spec);
  if (uses.length === 0) return undefined;
  const sum = (part: 'all' | 'kept') => ({
    count: uses.reduce((total, use) => total + use[part].count, 0),
    bytes: uses.reduce((total, use) => total + use[part].bytes, 0),
  });
  const summary = { all: sum('all'), kept: sum('kept'), reason: reasons[choice.kind] };
  if (summary.kept.count < summary.all.count) ctx.reporter.note(`modules: ${amountsText(summary)}: ${summary.reason}`);
  return summary;
}

/** "606 of 1121, 51.3 MB of 91.5 MB" */
export function amountsText({ all, kept }: ModuleSummary): string {
  if (kept.count === all.count) return `${all.count}, ${formatBytes(all.bytes)}`;
  return `${kept.count} of ${all.count}, ${formatBytes(kept.bytes)} of ${formatBytes(all.bytes)}`;
}

/** Of several releases one suffices that has it. */
function checkKnown(asked: readonly string[], uses: readonly ModuleUse[], { origin, kernel }: Spec): void {
  const problems = asked.flatMap((name, index) => {
    const found = uses.map(({ unknown }) => unknown.find((one) => one.asked === name));
    if (found.includes(undefined)) return [];
    const place = origin.place(['kernel', 'modules', index]);
    const where = place === undefined ? '' : `${formatPlace(place)}: `;
    const nearest = found[0]?.nearest;
    const expected =
      uses.length === 0
        ? `a kernel with modules, found none in image "${kernel?.image ?? ''}"`
        : `a module of the kernel, or a glob that some match, found "${name}"`;
    const question = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    return [`${where}kernel.modules[${index}]: expected ${expected}${question}`];
  });
  if (problems.length === 0) return;
  throw new TskitError('spec', problems.join('\n'), {
    hint: 'names are those of `modinfo`; a glob such as "virtio:*" stands for all drivers of a bus',
  });
}
