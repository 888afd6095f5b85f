// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../contract.ts';
import { readTextIfPresent } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { writeLimits } from './limit.ts';
import type { CgroupPlace } from './place.ts';
import { planLimits } from './plan.ts';

/**
 * Gives a container that exists other limits. What `resources` does not name stays as it is; values that are counted together
 * (memory and swap, quota and period) must be named together. Rules for devices stay as they are. `warn` is told what
 * cannot be had. With `memory.checkBeforeUpdate` a limit below what is in use is refused (config-linux.md, Memory).
 */
export function updateResources(
  sys: Sys,
  place: CgroupPlace,
  resources: Resources,
  warn: (text: string) => void = (): void => undefined,
): void {
  const bindings = { v1: Object.keys(place.v1 ?? {}), hasV2: place.v2 !== undefined };
  const limits = planLimits(resources, bindings, warn);
  if (resources.memory?.checkBeforeUpdate === true) checkMemoryUse(sys, place, resources.memory);
  writeLimits(sys, place, limits);
}

/** v1 refuses by itself. */
function checkMemoryUse(sys: Sys, { v2 }: CgroupPlace, { limit, swap }: NonNullable<Resources['memory']>): void {
  const text = v2 === undefined ? undefined : readTextIfPresent(sys, `${v2}/memory.current`);
  if (text === undefined) return;
  const use = BigInt(text.trim());
  for (const [key, value] of Object.entries({ limit: BigInt(limit ?? 0), swap: BigInt(swap ?? 0) }))
    if (value > 0n && value <= use)
      throw new Error(`linux.resources.memory.${key}: expected more than the ${use} bytes in use, found ${value}`);
}
