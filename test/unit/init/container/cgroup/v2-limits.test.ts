// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import {
  unifiedLimits,
  v2Limits,
  weightOfBlockIo,
  weightOfShares,
} from '../../../../../init/container/cgroup/v2-limits.ts';
import type { Resources } from '../../../../../init/contract/resources.ts';

function written(resources: Resources): Record<string, string> {
  return Object.fromEntries(v2Limits(resources).map(({ file, value }) => [file, value]));
}

describe('limits as cgroup v2 files', () => {
  test.each<[string, Resources, Record<string, string>]>([
    ['nothing', {}, {}],
    ['a memory limit', { memory: { limit: 1_048_576 } }, { 'memory.max': '1048576' }],
    ['a limit above 2^53', { memory: { limit: 9_223_372_036_854_771_712n } }, { 'memory.max': '9223372036854771712' }],
    [
      'no memory limit, which frees swap too',
      { memory: { limit: -1 } },
      { 'memory.max': 'max', 'memory.swap.max': 'max' },
    ],
    [
      'swap, which v1 counted together with memory',
      { memory: { limit: 100, swap: 250 } },
      { 'memory.max': '100', 'memory.swap.max': '150' },
    ],
    ['swap equal to memory', { memory: { limit: 100, swap: 100 } }, { 'memory.max': '100', 'memory.swap.max': '0' }],
    ['unlimited swap', { memory: { limit: 100, swap: -1 } }, { 'memory.max': '100', 'memory.swap.max': 'max' }],
    ['a reservation', { memory: { reservation: 50 } }, { 'memory.low': '50' }],
    ['a quota', { cpu: { quota: 50_000, period: 200_000 } }, { 'cpu.max': '50000 200000' }],
    ['a quota without period', { cpu: { quota: 50_000 } }, { 'cpu.max': '50000 100000' }],
    ['a period without quota', { cpu: { period: 5000 } }, { 'cpu.max': 'max 5000' }],
    ['no quota', { cpu: { quota: -1, period: 5000 } }, { 'cpu.max': 'max 5000' }],
    ['shares', { cpu: { shares: 1024 } }, { 'cpu.weight': '100' }],
    ['an idle group with a burst', { cpu: { idle: 1, burst: 10 } }, { 'cpu.max.burst': '10', 'cpu.idle': '1' }],
    ['processors', { cpu: { cpus: '0-1', mems: '0' } }, { 'cpuset.cpus': '0-1', 'cpuset.mems': '0' }],
    ['tasks', { pids: { limit: 32 } }, { 'pids.max': '32' }],
    ['any number of tasks', { pids: { limit: -1 } }, { 'pids.max': 'max' }],
    ['no second task', { pids: { limit: 0 } }, { 'pids.max': '1' }],
    [
      'swap alone when memory is unlimited',
      { memory: { limit: -1, swap: 50 } },
      { 'memory.swap.max': '50', 'memory.max': 'max' },
    ],
    [
      'rates of block devices, where 0 is none',
      {
        blockIO: {
          throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
          throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 0 }],
        },
      },
      { 'io.max': '8:16 wiops=max' },
    ],
    [
      'huge pages, in use and reserved',
      { hugepageLimits: [{ pageSize: '2MB', limit: 4_194_304 }] },
      { 'hugetlb.2MB.max': '4194304', 'hugetlb.2MB.rsvd.max': '4194304' },
    ],
    [
      'RDMA devices',
      { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, mlx4_0: { hcaObjects: 1000 }, rxe3: {} } },
      { 'rdma.max': 'mlx4_0 hca_object=1000' },
    ],
  ])('%s', (_title, resources, files) => {
    expect(written(resources)).toEqual(files);
  });

  test('a burst is written after the quota that bounds it, idle after the weight that it forbids', () => {
    const files = v2Limits({ cpu: { shares: 2, quota: 1, burst: 1, idle: 1 } }).map(({ file }) => file);
    expect(files).toEqual(['cpu.weight', 'cpu.max', 'cpu.max.burst', 'cpu.idle']);
    expect(v2Limits({ cpu: { shares: 2, idle: 0 } }).map(({ file }) => file)).toEqual(['cpu.idle', 'cpu.weight']);
  });

  test.each<[Resources, string]>([
    [{ memory: { swap: 100 } }, 'needs a memory.limit'],
    [{ memory: { limit: 100, swap: 50 } }, 'expected at least memory.limit (100), because it counts both; found 50'],
    [{ unified: { '../x.max': '1' } }, 'found "../x.max"'],
    [{ unified: { procs: '1' } }, 'found "procs"'],
  ])('%j contradicts itself', (resources, message) => {
    expect(() => [...v2Limits(resources), ...unifiedLimits(resources.unified)]).toThrow(message);
  });

  test('shares map to weights through both ends and the defaults', () => {
    expect([2, 0, 512, 1024, 262_144, 300_000].map(weightOfShares)).toEqual([1, 1, 59, 100, 10_000, 10_000]);
  });

  test('weights of block devices are for BFQ, or on a scale of their own for the kernel that is without', () => {
    const blockIO = { weight: 500, weightDevice: [{ major: 8, minor: 0, weight: 10 }] };
    expect(v2Limits({ blockIO })).toMatchObject([
      { file: 'io.bfq.weight', value: '500', otherwise: { file: 'io.weight', value: '4950' } },
      { file: 'io.bfq.weight', value: '8:0 10', otherwise: { file: 'io.weight', value: '8:0 1' } },
    ]);
    expect([10, 500, 1000].map(weightOfBlockIo)).toEqual([1, 4950, 10_000]);
  });

  test('a kernel without swap is told of a limit on it only when that limits anything', () => {
    const swap = (memory: Resources['memory']): boolean | undefined =>
      v2Limits(memory === undefined ? {} : { memory }).find(({ file }) => file === 'memory.swap.max')?.optional;
    expect(swap({ limit: 100, swap: -1 })).toBe(true);
    expect(swap({ limit: 100, swap: 100 })).toBe(true);
    expect(swap({ limit: 100, swap: 150 })).toBe(false);
  });

  test('files by name are those of their controller', () => {
    expect(unifiedLimits({ 'memory.high': '7', 'cgroup.max.depth': '1' })).toEqual([
      { version: 2, controller: 'memory', file: 'memory.high', value: '7' },
      { version: 2, controller: 'cgroup', file: 'cgroup.max.depth', value: '1' },
    ]);
  });

  test('each line of a value is written by itself', () => {
    const written = unifiedLimits({ 'io.max': '8:0 riops=3\n8:16 wiops=4\n' }).map(({ value }) => value);
    expect(written).toEqual(['8:0 riops=3', '8:16 wiops=4']);
  });
});
