// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Modules } from '../boot/modules.ts';
import { prepareBundle } from '../container/bundle.ts';
import type { VolumePlan } from '../contract/boot-plan.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import { describeError } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import { loadFileSystems } from './file-systems.ts';

/** Volumes that could not be mounted: why, by name. */
export type FailedVolumes = ReadonlyMap<string, string>;

/**
 * Mounts the volumes of the boot plan. One that fails is told in a loud line, and the others go on. They stay mounted to the
 * end, since what is in them is in memory.
 */
export function mountVolumes(
  sys: Sys,
  console: Console,
  modules: Modules | undefined,
  volumes: readonly VolumePlan[],
): FailedVolumes {
  const failed = new Map<string, string>();
  for (const { name, folder, mounts } of volumes) {
    try {
      loadFileSystems(modules, mounts);
      prepareBundle(sys, folder, { mounts });
    } catch (error) {
      failed.set(name, describeError(error));
      console.warn(`volume ${name}: FAILED, ${describeError(error)}`);
    }
  }
  return failed;
}

/** Throws for a container that would find an empty folder in place of a volume. */
export function requireVolumes({ volumes = [] }: ContainerPlan, failed: FailedVolumes): void {
  for (const name of volumes) {
    const why = failed.get(name);
    if (why !== undefined) throw new Error(`volume ${name} is not mounted: ${why}`);
  }
}
