// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { containerResources } from '../../../src/assemble/resources.ts';
import type { ResourcesSpec } from '../../../src/spec/types.ts';

describe('limits', () => {
  test.each<[string, ResourcesSpec | undefined, object]>([
    ['are none when none are asked for', undefined, {}],
    [
      'of all controllers are written as the OCI has them',
      {
        memory: { limit: 1, swappiness: 0, disableOOMKiller: false },
        cpu: { shares: 2, cpus: '0' },
        pids: { limit: 3 },
        unified: { 'memory.high': '4' },
        rdma: { mlx5_0: { hcaHandles: 5 } },
        devices: [{ allow: false, access: 'rwm' }],
      },
      {
        memory: { limit: 1, swappiness: 0, disableOOMKiller: false },
        cpu: { shares: 2, cpus: '0' },
        pids: { limit: 3 },
        unified: { 'memory.high': '4' },
        rdma: { mlx5_0: { hcaHandles: 5 } },
        devices: [{ allow: false, access: 'rwm' }],
      },
    ],
    [
      'of block devices have another name there',
      { blockio: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 2n ** 60n }] } },
      { blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 2n ** 60n }] } },
    ],
    [
      'of huge pages name their size in words, whatever LinuxKit writes',
      {
        hugepageLimits: [
          { pageSize: '2MB', limit: 1 },
          { pageSize: 2 ** 21, limit: 2 },
          { pageSize: 2 ** 30, limit: 3 },
          { pageSize: 65_536, limit: 4 },
        ],
      },
      {
        hugepageLimits: [
          { pageSize: '2MB', limit: 1 },
          { pageSize: '2MB', limit: 2 },
          { pageSize: '1GB', limit: 3 },
          { pageSize: '64KB', limit: 4 },
        ],
      },
    ],
  ])('%s', (_title, spec, resources) => {
    expect(containerResources(spec)).toEqual({ resources, warnings: [] });
  });

  test('of huge pages of an odd size are an error', () => {
    expect(() => containerResources({ hugepageLimits: [{ pageSize: 1500, limit: 1 }] })).toThrow(
      'resources.hugepageLimits: expected a page size such as "2MB", found 1500 bytes',
    );
  });
});

describe('what cgroup v2 has nothing like', () => {
  test.each<[ResourcesSpec, object, readonly string[]]>([
    [
      { memory: { kernel: 1, kernelTCP: 2, swappiness: 3, disableOOMKiller: true } },
      { memory: { kernel: 1, kernelTCP: 2, swappiness: 3, disableOOMKiller: true } },
      [
        'resources.memory.kernel has no effect: kernels of today do not count it apart',
        'resources.memory.kernelTCP has no effect: cgroup v2 has nothing like it',
        'resources.memory.swappiness has no effect: cgroup v2 has nothing like it',
        'resources.memory.disableOOMKiller has no effect: cgroup v2 has nothing like it',
      ],
    ],
    [
      { blockio: { leafWeight: 10, weightDevice: [{ major: 8, minor: 0, leafWeight: 10 }] } },
      { blockIO: { leafWeight: 10, weightDevice: [{ major: 8, minor: 0, leafWeight: 10 }] } },
      [
        'resources.blockio.leafWeight has no effect: cgroup v2 has nothing like it',
        'resources.blockio.weightDevice[0].leafWeight has no effect: cgroup v2 has nothing like it',
      ],
    ],
    [
      {
        cpu: { shares: 5, realtimeRuntime: 1, realtimePeriod: 2 },
        network: { classID: 1, priorities: [{ name: 'eth0', priority: 1 }] },
      },
      { cpu: { shares: 5 } },
      [
        'resources.cpu.realtimeRuntime is left out: cgroup v2 has nothing like it',
        'resources.cpu.realtimePeriod is left out: cgroup v2 has nothing like it',
        'resources.network.classID is left out: cgroup v2 has nothing like it',
        'resources.network.priorities is left out: cgroup v2 has nothing like it',
      ],
    ],
    [
      { memory: { kernel: -1, swappiness: 0 }, cpu: { realtimeRuntime: 0 }, network: {} },
      { memory: { kernel: -1, swappiness: 0 } },
      [],
    ],
  ])('is told: %j', (spec, resources, warnings) => {
    expect(containerResources(spec)).toEqual({ resources, warnings });
  });
});
