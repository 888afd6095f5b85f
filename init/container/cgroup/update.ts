// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../contract/resources.ts';
import { readTextIfPresent } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { writeLimits } from './limit.ts';
import type { CgroupPlace } from './place.ts';
import { planLimits } from './plan.ts';

/**
 * Gives a container that exists other limits. What `resources` does not name stays as it is, rules for devices always do.
 * `warn` is told what cannot be had. With `memory.checkBeforeUpdate` a limit below what is in use is refused
 * (config-linux.md, Memory).
 */
export function updateResources(
  sys: Sys,
  place: CgroupPlace,
  resources: Resources,
  warn: (text: string) => void = (): void => undefined,
): void {
  const bindings = { v1: Object.keys(place.v1 ?? {}), hasV2: place.v2 !== undefined };
  const limits = planLimits(completed(sys, place, resources), bindings, warn);
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

/** v2 writes a quota together with its period, and counts swap from the memory limit: the one not named is what it is. */
function completed(sys: Sys, { v1 = {}, v2 }: CgroupPlace, resources: Resources): Resources {
  const { cpu, memory } = resources;
  if (v2 === undefined) return resources;
  return {
    ...resources,
    ...(cpu === undefined || v1['cpu'] !== undefined ? {} : { cpu: withQuotaAndPeriod(sys, v2, cpu) }),
    ...(memory === undefined || v1['memory'] !== undefined ? {} : { memory: withLimit(sys, v2, memory) }),
  };
}

type Cpu = NonNullable<Resources['cpu']>;
type Memory = NonNullable<Resources['memory']>;

function withQuotaAndPeriod(sys: Sys, folder: string, cpu: Cpu): Cpu {
  if (!cpu.quota === !cpu.period) return cpu;
  const [quota = 'max', period = '0'] = (readTextIfPresent(sys, `${folder}/cpu.max`) ?? '').trim().split(' ');
  return { ...cpu, quota: cpu.quota || (quota === 'max' ? -1 : Number(quota)), period: cpu.period || Number(period) };
}

function withLimit(sys: Sys, folder: string, memory: Memory): Memory {
  if (!memory.swap || memory.limit) return memory;
  const limit = readTextIfPresent(sys, `${folder}/memory.max`)?.trim();
  return limit === undefined ? memory : { ...memory, limit: limit === 'max' ? -1 : BigInt(limit) };
}
