// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The container's cgroups while it is made (cgroups(7), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1).

import type { Resources } from '../../contract/resources.ts';
import type { Sys } from '../../sys.ts';
import { delegateCgroup } from './delegate.ts';
import { discardCgroup } from './destroy.ts';
import { restrictByList } from './device-list.ts';
import { restrictByProgram } from './device-program.ts';
import type { DeviceRule } from './device-rules.ts';
import { makeFolders, placeOf, planFolders } from './folders.ts';
import { findHierarchies } from './hierarchies.ts';
import { openCgroup } from './join.ts';
import { writeLimits } from './limit.ts';
import type { Cgroup, CgroupPlace } from './place.ts';
import { planLimits } from './plan.ts';
import { isRefusal, isRootless } from './rootless.ts';

/** What applyCgroup goes by. */
export interface CgroupOptions {
  readonly id: string;
  /** linux.cgroupsPath. */
  readonly path: string | undefined;
  readonly resources: Resources | undefined;
  /** Mount point of a v2 hierarchy to use alone; when absent all hierarchies of the host are used. */
  readonly root: string | undefined;
  /** User that the cgroup is given to (cgroupOwner). */
  readonly owner?: number | undefined;
  /** Leaves devices free until Cgroup.restrict is called. */
  readonly lateDevices?: boolean;
  /** Told what the container starts without. */
  readonly warn: (text: string) => void;
  /** Told where the cgroup will be, before anything of it is made. */
  readonly onPlanned?: (place: CgroupPlace) => void;
}

/**
 * Makes the container's cgroup in each hierarchy of the host and sets its limits:
 *   1. find the hierarchies, and for each limit the one that its controller is bound to (hierarchies.ts, plan.ts)
 *   2. make the folders, with their controllers (folders.ts)
 *   3. write the limits (limit.ts), give it to its owner (delegate.ts), restrict devices (device-list.ts, device-program.ts)
 * On a host without cgroups, and for a rootless runtime that may not make any, the place is empty: an error only when there
 * are limits to keep. Throws an Error as well when the cgroup has processes already; what was made is removed then.
 */
export function applyCgroup(sys: Sys, options: CgroupOptions): Cgroup {
  const { id, path, root, owner, warn, onPlanned, lateDevices = false, resources = {} } = options;
  const hierarchies = findHierarchies(sys, root);
  const bindings = { v1: hierarchies.v1.flatMap(({ names }) => names), hasV2: hierarchies.v2 !== undefined };
  const limits = planLimits(resources, bindings, warn);
  const folders = planFolders(sys, hierarchies, { id, path, limits });
  onPlanned?.(placeOf(folders));
  const place = makeFolders(sys, folders, path);
  try {
    writeLimits(sys, place, limits);
    // Delegation is not safe in v1.
    if (owner !== undefined && place.v2 !== undefined && place.v1 === undefined) delegateCgroup(sys, place.v2, owner);
    const rules = resources.devices ?? [];
    return lateDevices ? openRestrictable(sys, place, rules) : openRestricted(sys, place, rules);
  } catch (error) {
    discardCgroup(sys, place);
    throw error;
  }
}

function openRestricted(sys: Sys, place: CgroupPlace, rules: readonly DeviceRule[]): Cgroup {
  const cgroup = openCgroup(sys, place);
  try {
    restrictDevices(sys, cgroup, rules);
    return cgroup;
  } catch (error) {
    if (cgroup.fd !== undefined) sys.close(cgroup.fd);
    throw error;
  }
}

function openRestrictable(sys: Sys, place: CgroupPlace, rules: readonly DeviceRule[]): Cgroup {
  const cgroup = openCgroup(sys, place);
  return { ...cgroup, restrict: () => restrictDevices(sys, cgroup, rules) };
}

/** By the controller where v1 has it, else by a program on the v2 cgroup. A rootless runtime goes on when it may do neither. */
function restrictDevices(sys: Sys, { place, fd }: Cgroup, rules: readonly DeviceRule[]): void {
  const folder = place.v1?.['devices'];
  try {
    if (folder !== undefined) restrictByList(sys, folder, rules);
    else if (fd !== undefined) restrictByProgram(sys, fd, rules);
    else if (rules.length > 0 && !isRootless(sys))
      throw new Error('linux.resources.devices: expected a cgroup to restrict devices with, found none');
  } catch (error) {
    if (!isRefusal(error) || !isRootless(sys)) throw error;
  }
}
