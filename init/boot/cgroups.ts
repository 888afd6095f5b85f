// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readText, writeValue } from '../files.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RELATIME } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Where the one cgroup v2 hierarchy is. */
export const cgroupMount = '/sys/fs/cgroup';

/** Best first: older kernels refuse an option that they do not know (Documentation/admin-guide/cgroup-v2.rst, Mounting). */
const mountOptions = ['nsdelegate,memory_recursiveprot', 'nsdelegate', null];

/** Mounts cgroup v2 and gives all its controllers to the groups below the root. */
export function mountCgroups(sys: Sys): void {
  mountWithBestOptions(sys);
  const controllers = readText(sys, `${cgroupMount}/cgroup.controllers`).trim();
  if (controllers === '') return;
  const all = controllers.split(' ').map((name) => `+${name}`);
  try {
    writeValue(sys, `${cgroupMount}/cgroup.subtree_control`, all.join(' '));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    // One that cannot be delegated (cpu with real-time processes) makes the whole write fail.
    for (const one of all) enableIfPossible(sys, one);
  }
}

function mountWithBestOptions(sys: Sys): void {
  for (const options of mountOptions) {
    try {
      sys.mount('cgroup2', cgroupMount, 'cgroup2', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, options);
      return;
    } catch (error) {
      if (options === null || errnoOf(error) !== 'EINVAL') throw error;
    }
  }
}

function enableIfPossible(sys: Sys, controller: string): void {
  try {
    writeValue(sys, `${cgroupMount}/cgroup.subtree_control`, controller);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
