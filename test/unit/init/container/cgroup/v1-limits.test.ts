// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { v1Limits } from '../../../../../init/container/cgroup/v1-limits.ts';
import type { Resources } from '../../../../../init/contract/resources.ts';

function lines(resources: Resources): readonly string[] {
  return v1Limits(resources).map(({ file, value }) => `${file} ${value}`);
}

test.each<[string, Resources, readonly string[]]>([
  ['nothing', {}, []],
  [
    'memory, and swap together with it',
    { memory: { limit: 100, swap: 250, reservation: 50 } },
    ['memory.limit_in_bytes 100', 'memory.memsw.limit_in_bytes 250', 'memory.soft_limit_in_bytes 50'],
  ],
  [
    'no memory limit, which frees swap too',
    { memory: { limit: -1 } },
    ['memory.limit_in_bytes -1', 'memory.memsw.limit_in_bytes -1'],
  ],
  [
    "what only v1 has: swappiness, the OOM killer's switch, TCP buffers",
    { memory: { swappiness: 50, disableOOMKiller: true, kernelTCP: 4096 } },
    ['memory.kmem.tcp.limit_in_bytes 4096', 'memory.oom_control 1', 'memory.swappiness 50'],
  ],
  ['a swappiness that is not set', { memory: { swappiness: 0xffff_ffff_ffff_ffffn } }, []],
  [
    'processor time',
    { cpu: { shares: 512, quota: 20_000, period: 50_000, burst: 1000, idle: 1 } },
    ['cpu.shares 512', 'cpu.cfs_period_us 50000', 'cpu.cfs_quota_us 20000', 'cpu.cfs_burst_us 1000', 'cpu.idle 1'],
  ],
  ['an end of idleness before the shares', { cpu: { shares: 512, idle: 0 } }, ['cpu.idle 0', 'cpu.shares 512']],
  [
    'real-time processor time',
    { cpu: { realtimePeriod: 1_000_000, realtimeRuntime: 950_000 } },
    ['cpu.rt_period_us 1000000', 'cpu.rt_runtime_us 950000'],
  ],
  ['processors', { cpu: { cpus: '0-1', mems: '0' } }, ['cpuset.cpus 0-1', 'cpuset.mems 0']],
  ['tasks', { pids: { limit: 32 } }, ['pids.max 32']],
  [
    'block devices',
    {
      blockIO: {
        weight: 100,
        leafWeight: 50,
        weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }],
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 0 }],
      },
    },
    [
      'blkio.weight 100',
      'blkio.leaf_weight 50',
      'blkio.weight_device 8:0 500',
      'blkio.leaf_weight_device 8:0 300',
      'blkio.throttle.read_bps_device 8:0 1024',
      'blkio.throttle.write_iops_device 8:0 0',
    ],
  ],
  [
    'huge pages',
    { hugepageLimits: [{ pageSize: '1GB', limit: 0 }] },
    ['hugetlb.1GB.limit_in_bytes 0', 'hugetlb.1GB.rsvd.limit_in_bytes 0'],
  ],
  [
    'the network',
    { network: { classID: 1_048_577, priorities: [{ name: 'eth0', priority: 5 }] } },
    ['net_cls.classid 1048577', 'net_prio.ifpriomap eth0 5'],
  ],
])('%s as files of cgroup v1', (_title, resources, expected) => {
  expect(lines(resources)).toEqual(expected);
});

test.each([
  [{ cpu: { shares: 1 } }, 'linux.resources.cpu.shares: expected 2 to 262144, found 1'],
  [{ memory: { swappiness: 101 } }, 'linux.resources.memory.swappiness: expected 0 to 100, found 101'],
  [{ hugepageLimits: [{ pageSize: '2M', limit: 0 }] }, 'expected a page size like "2MB", found "2M"'],
])('%j is refused', (resources, message) => {
  expect(() => v1Limits(resources)).toThrow(message);
});
