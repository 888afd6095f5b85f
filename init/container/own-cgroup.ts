// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The cgroup that a container is made with, by what is asked of create.

import type { Resources } from '../contract/resources.ts';
import type { Sys } from '../sys.ts';
import { applyCgroup } from './cgroup/apply.ts';
import { splitCpuTime } from './cgroup/cpu-time.ts';
import { cgroupOwner } from './cgroup/delegate.ts';
import { discardCgroup } from './cgroup/destroy.ts';
import { isFrozen } from './cgroup/frozen.ts';
import type { Cgroup, CgroupPlace } from './cgroup/place.ts';
import { updateResources } from './cgroup/update.ts';
import { withoutCgroup } from './cgroup/without.ts';
import type { Preparation } from './prepare.ts';

/** What of the options of create is about the cgroup. */
export interface CgroupRequest {
  /** Names the container in messages, and its cgroup by default. */
  readonly id: string;
  /** Mount point of the cgroup v2 hierarchy; found when absent. */
  readonly cgroupRoot?: string;
  /** Makes no cgroup, and refuses limits. */
  readonly noCgroup?: boolean;
  /**
   * Sets limits of CPU time once the program runs, and so never waits for a process that has next to none. Not together with a
   * `gate`.
   */
  readonly lateCpuTime?: boolean;
  /** Called with the place of the cgroup before anything of it is made; it goes no further when this throws. */
  readonly onPlanned?: (cgroup: CgroupPlace) => void;
}

/** Makes it, unless the options say that there is to be none. */
export function makeCgroup(
  sys: Sys,
  options: CgroupRequest & { readonly warn: (text: string) => void },
  { config, root }: Preparation,
): Cgroup {
  const { id, cgroupRoot, noCgroup, lateCpuTime, warn, onPlanned } = options;
  const { cgroupsPath: path, resources: all } = config.linux ?? {};
  const resources = lateCpuTime === true && all !== undefined ? splitCpuTime(all).early : all;
  if (noCgroup === true) return withoutCgroup(resources, warn);
  const owner = cgroupOwner(config);
  return applyCgroup(sys, {
    id,
    path,
    resources,
    root: cgroupRoot,
    owner,
    lateDevices: root.mountsDevices,
    warn,
    ...(onPlanned === undefined ? {} : { onPlanned }),
  });
}

/** Throws when it is: the process would come to nothing, not even to enter its namespaces. */
export function refuseFrozen(sys: Sys, place: CgroupPlace): void {
  if (!isFrozen(sys, place)) return;
  discardCgroup(sys, place);
  throw new Error(`its cgroup ${place.v2 ?? ''} is frozen, or one above it`);
}

/** Sets what `lateCpuTime` has put off. */
export function limitCpuTime(sys: Sys, cgroup: CgroupPlace, resources: Resources = {}): void {
  const { late } = splitCpuTime(resources);
  if (late !== undefined) updateResources(sys, cgroup, late);
}
