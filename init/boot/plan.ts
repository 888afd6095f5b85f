// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BootPlan, bootPlanVersion } from '../contract/boot-plan.ts';
import { bootPlanPath, sentinelPath, unpackedPath } from '../contract/paths.ts';
import { describeError, isPresent, readText, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { isInMemory } from './root.ts';

/**
 * Throws when the kernel did not unpack the whole initramfs, which it only says in its log. The message names the memory
 * that is needed. A root on a disk is not unpacked.
 */
export function checkRootIsComplete(sys: Sys): void {
  if (!isInMemory(sys)) return;
  if (!isPresent(sys, sentinelPath)) {
    throw new Error(`the root is not complete: ${sentinelPath} is missing; ${neededMemory(sys)}`);
  }
}

function neededMemory(sys: Sys): string {
  const memory = memoryOf(readTextIfPresent(sys, unpackedPath));
  const needed = memory === undefined ? 'give the machine more' : `this system needs ${memory} MiB`;
  return `the kernel most likely had too little memory to unpack it, ${needed}`;
}

function memoryOf(text: string | undefined): number | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    if (typeof value !== 'object' || value === null || !('memoryMiB' in value)) return undefined;
    return typeof value.memoryMiB === 'number' ? value.memoryMiB : undefined;
  } catch {
    // A file that was cut off says nothing.
    return undefined;
  }
}

/** Reads the boot plan. The build wrote it, so only what shows that it is another version's or no plan at all is checked. */
export function readBootPlan(sys: Sys): BootPlan {
  let plan: BootPlan;
  try {
    plan = JSON.parse(readText(sys, bootPlanPath)) as BootPlan;
  } catch (error) {
    throw new Error(`${describeError(error)} (the boot plan ${bootPlanPath} is missing or broken)`, { cause: error });
  }
  const version: unknown = plan?.version;
  if (version !== bootPlanVersion) {
    throw new Error(
      `${bootPlanPath}: expected version ${bootPlanVersion}, found ${String(version)}: the plan and this init are of different builds of tskit`,
    );
  }
  for (const section of ['volumes', 'onboot', 'services', 'onshutdown'] as const) {
    if (!Array.isArray(plan[section])) throw new Error(`${bootPlanPath}: "${section}": expected a list`);
  }
  return plan;
}
