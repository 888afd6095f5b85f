// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readTextIfPresent } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import type { CgroupPlace } from './place.ts';

/** Whether all processes of the cgroup are frozen, or would be: also because one above it is (cgroup v2, cgroup.events). */
export function isFrozen(sys: Sys, { v2 }: CgroupPlace): boolean {
  return v2 !== undefined && readTextIfPresent(sys, `${v2}/cgroup.events`)?.includes('frozen 1') === true;
}
