// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../contract/resources.ts';
import type { Cgroup } from './place.ts';
import { planLimits } from './plan.ts';

/**
 * A container that is to have no cgroup: an empty place. Throws an Error when it has limits, which nothing would keep. Devices
 * that its rules deny are warned of and not refused, since engines write such rules into every configuration.
 */
export function withoutCgroup(resources: Resources = {}, warn: (text: string) => void): Cgroup {
  const [limit] = planLimits(resources, { v1: [], hasV2: true }, warn);
  if (limit !== undefined)
    throw new Error(`linux.resources: limits (${limit.file}) need a cgroup, and the container is to have none`);
  if (resources.devices?.some(({ allow }) => !allow) === true)
    warn('linux.resources.devices has no effect: the container is to have no cgroup');
  return { place: {} };
}
