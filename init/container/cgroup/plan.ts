// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Which limits go to which hierarchy: each controller is bound to v1 or to v2 (cgroups(7)), on hybrid hosts some to each.

import type { Resources } from '../../contract/resources.ts';
import type { CgroupLimit } from './limit.ts';
import { v1Limits } from './v1-limits.ts';
import { unifiedLimits, v2Limits } from './v2-limits.ts';

/** Which hierarchies there are to choose from. */
export interface Bindings {
  /** Controllers of the v1 hierarchies ("memory", "blkio"). */
  readonly v1: readonly string[];
  readonly hasV2: boolean;
}

/**
 * The limits as files to write, each in the hierarchy that its controller is bound to. `warn` is told of those that cannot be
 * had and that other runtimes leave out in silence. Throws an Error for what no hierarchy of the host can keep.
 */
export function planLimits(
  resources: Resources,
  bindings: Bindings,
  warn: (text: string) => void,
): readonly CgroupLimit[] {
  // As most containers: nothing but device rules, which are no limits.
  if (Object.keys(resources).every((key) => key === 'devices')) return [];
  const isV1 = (controller: string): boolean => bindings.v1.includes(nameInV1(controller));
  checkV1Only(resources, isV1, warn);
  const unified = unifiedLimits(resources.unified);
  for (const { controller, file } of unified)
    if (isV1(controller))
      throw new Error(
        `invalid configuration: linux.resources.unified: "${file}" needs the controller "${controller}" in cgroup v2, found it in v1`,
      );
  const v1 = v1Limits(resourcesOf(resources, isV1));
  const v2 = [...v2Limits(resourcesOf(resources, (controller) => !isV1(controller))), ...unified];
  const [homeless] = v2;
  if (homeless !== undefined && !bindings.hasV2)
    throw new Error(
      `cgroup: expected the controller "${homeless.controller}" for the limits asked, found ${bindings.v1.join(', ') || 'no cgroups'}`,
    );
  return [...v1, ...v2];
}

/** The part that is for some of the controllers: values that contradict each other may do so in the other version only. */
function resourcesOf(resources: Resources, isMeant: (controller: string) => boolean): Resources {
  const { memory, cpu, pids, blockIO, hugepageLimits, network, rdma } = resources;
  const { cpus, mems, ...time } = cpu ?? {};
  const sets = { ...(cpus === undefined ? {} : { cpus }), ...(mems === undefined ? {} : { mems }) };
  return {
    ...(memory !== undefined && isMeant('memory') ? { memory } : {}),
    cpu: { ...(isMeant('cpu') ? time : {}), ...(isMeant('cpuset') ? sets : {}) },
    ...(pids !== undefined && isMeant('pids') ? { pids } : {}),
    ...(blockIO !== undefined && isMeant('io') ? { blockIO } : {}),
    ...(hugepageLimits !== undefined && isMeant('hugetlb') ? { hugepageLimits } : {}),
    // Of v1 only, and refused before where no hierarchy has them.
    ...(network === undefined ? {} : { network }),
    ...(rdma !== undefined && isMeant('rdma') ? { rdma } : {}),
  };
}

/** Controllers of v2 that the limits need; "cgroup" files belong to every cgroup and need none. */
export function controllersNeeded(limits: readonly CgroupLimit[]): readonly string[] {
  const names = limits.flatMap(({ version, controller }) => (version === 2 ? [controller] : []));
  return [...new Set(names)].filter((name) => name !== 'cgroup');
}

function nameInV1(controller: string): string {
  return controller === 'io' ? 'blkio' : controller;
}

function checkV1Only(resources: Resources, isV1: (controller: string) => boolean, warn: (text: string) => void): void {
  const { memory = {}, cpu = {}, network = {}, blockIO } = resources;
  const needed = {
    'cpu.realtimeRuntime': [cpu.realtimeRuntime, 'cpu'],
    'cpu.realtimePeriod': [cpu.realtimePeriod, 'cpu'],
    'network.classID': [network.classID, 'net_cls'],
    'network.priorities': [network.priorities?.length, 'net_prio'],
  } as const;
  for (const [key, [value, controller]] of Object.entries(needed))
    if (isAsked(value) && !isV1(controller))
      throw new Error(`linux.resources.${key} is not supported: it needs the controller "${controller}" in cgroup v1`);
  // Kernels gave up counting kernel memory apart (Linux 5.16), and limits on it were never safe.
  const ignored = {
    'memory.kernel': memory.kernel,
    ...(isV1('memory')
      ? {}
      : {
          'memory.kernelTCP': memory.kernelTCP,
          'memory.swappiness': memory.swappiness,
          'memory.disableOOMKiller': memory.disableOOMKiller,
        }),
    ...(isV1('io') ? {} : { 'blockIO.leafWeight': blockIO?.leafWeight }),
  };
  for (const [key, value] of Object.entries(ignored))
    if (isAsked(value)) warn(`linux.resources.${key} is left out: cgroup v2 has nothing like it`);
}

/** Nothing is asked for by false, nor by the limits 0 (not set) and -1 (none). */
function isAsked(value: number | bigint | boolean | undefined): boolean {
  return typeof value === 'boolean' ? value : value !== undefined && value > 0;
}
