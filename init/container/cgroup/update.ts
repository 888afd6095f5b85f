// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../contract.ts';
import { readTextIfPresent } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import type { CgroupPlace } from './place.ts';
import { writeLimits } from './v2-limits.ts';
import { cgroupValues } from './v2-values.ts';

/**
 * Gives a container that exists other limits. What `resources` does not name stays as it is. With
 * `memory.checkBeforeUpdate` a limit below what is in use is refused (config-linux.md, Memory).
 */
export function updateResources(sys: Sys, { v2 }: CgroupPlace, resources: Resources): void {
  const values = cgroupValues(resources);
  if (values.length === 0) return;
  if (v2 === undefined) throw new Error('update resources: expected a container with a cgroup, found one without');
  step(`cgroup ${v2}`, () => {
    if (resources.memory?.checkBeforeUpdate === true) checkMemoryUse(sys, v2, resources.memory);
    writeLimits(sys, v2, values);
  });
}

function checkMemoryUse(sys: Sys, folder: string, { limit, swap }: NonNullable<Resources['memory']>): void {
  const text = readTextIfPresent(sys, `${folder}/memory.current`);
  if (text === undefined) return;
  const use = BigInt(text.trim());
  for (const [key, value] of Object.entries({ limit: BigInt(limit ?? 0), swap: BigInt(swap ?? 0) }))
    if (value > 0n && value <= use)
      throw new Error(`memory.${key}: expected more than the ${use} bytes that are in use, found ${value}`);
}
