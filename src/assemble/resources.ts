// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../init/contract/resources.ts';
import { TskitError } from '../errors.ts';
import type { ResourcesSpec } from '../spec/types.ts';

/** linux.resources of config.json, and what is to be said of it. */
export interface ContainerResources {
  readonly resources: Resources;
  /** What the booted system does not do, since it has cgroup v2 only. */
  readonly warnings: readonly string[];
}

/**
 * Limits as config.json has them. What cgroup v2 has nothing like is kept for other runtimes where ours passes over it, and left
 * out where ours would refuse the container: real-time scheduling, network class and priorities.
 */
export function containerResources(spec: ResourcesSpec = {}): ContainerResources {
  const { blockio, hugepageLimits, network, cpu, ...rest } = spec;
  const { realtimeRuntime, realtimePeriod, ...otherCpu } = cpu ?? {};
  return {
    resources: {
      ...rest,
      ...(Object.keys(otherCpu).length === 0 ? {} : { cpu: otherCpu }),
      ...(blockio === undefined ? {} : { blockIO: blockio }),
      ...(hugepageLimits === undefined
        ? {}
        : { hugepageLimits: hugepageLimits.map(({ pageSize, limit }) => ({ pageSize: sizeName(pageSize), limit })) }),
    },
    warnings: [
      ...told(['memory.kernel', spec.memory?.kernel, 'has no effect: kernels of today do not count it apart']),
      ...told(['memory.kernelTCP', spec.memory?.kernelTCP, noEffect]),
      ...told(['memory.swappiness', spec.memory?.swappiness, noEffect]),
      ...told(['memory.disableOOMKiller', spec.memory?.disableOOMKiller, noEffect]),
      ...told(['blockio.leafWeight', blockio?.leafWeight, noEffect]),
      ...(blockio?.weightDevice ?? []).flatMap(({ leafWeight }, index) =>
        told([`blockio.weightDevice[${index}].leafWeight`, leafWeight, noEffect]),
      ),
      ...told(['cpu.realtimeRuntime', realtimeRuntime, isLeftOut]),
      ...told(['cpu.realtimePeriod', realtimePeriod, isLeftOut]),
      ...told(['network.classID', network?.classID, isLeftOut]),
      ...told(['network.priorities', network?.priorities?.length, isLeftOut]),
    ],
  };
}

const noEffect = 'has no effect: cgroup v2 has nothing like it';
const isLeftOut = 'is left out: cgroup v2 has nothing like it';

/** Nothing is asked for by false, nor by the limits 0 (not set) and -1 (none). */
function told([key, value, what]: readonly [string, number | bigint | boolean | undefined, string]): readonly string[] {
  const asked = typeof value === 'boolean' ? value : value !== undefined && value > 0;
  return asked ? [`resources.${key} ${what}`] : [];
}

/** Bytes as files of the controller are named: "2MB", "64KB". */
function sizeName(size: number | string): string {
  if (typeof size === 'string') return size;
  for (const [unit, bytes] of [
    ['GB', 2 ** 30],
    ['MB', 2 ** 20],
    ['KB', 2 ** 10],
  ] as const) {
    if (size % bytes === 0) return `${size / bytes}${unit}`;
  }
  throw new TskitError('spec', `resources.hugepageLimits: expected a page size such as "2MB", found ${size} bytes`, {
    hint: 'architectures have pages of 64KB, 2MB, 32MB, 1GB and others',
  });
}
