// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { cgroupValues, controllersOf, weightOfShares } from '../../../../../init/container/cgroup/v2-values.ts';
import type { Resources } from '../../../../../init/contract.ts';

function written(resources: Resources): Record<string, string> {
  return Object.fromEntries(cgroupValues(resources).map(({ file, value }) => [file, value]));
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
    ['files by name', { unified: { 'memory.high': '7' } }, { 'memory.high': '7' }],
  ])('%s', (_title, resources, files) => {
    expect(written(resources)).toEqual(files);
  });

  test('a burst is written after the quota that bounds it, idle after the weight that it forbids', () => {
    const files = cgroupValues({ cpu: { shares: 2, quota: 1, burst: 1, idle: 1 } }).map(({ file }) => file);
    expect(files).toEqual(['cpu.weight', 'cpu.max', 'cpu.max.burst', 'cpu.idle']);
  });

  test.each([
    [{ memory: { swap: 100 } }, 'needs a memory.limit'],
    [{ memory: { limit: 100, swap: 50 } }, 'expected at least memory.limit (100), because it counts both; found 50'],
    [{ unified: { '../x.max': '1' } }, 'found "../x.max"'],
    [{ unified: { procs: '1' } }, 'found "procs"'],
  ])('%j contradicts itself', (resources, message) => {
    expect(() => cgroupValues(resources)).toThrow(message);
  });

  test('shares map to weights through both ends and the defaults', () => {
    expect([2, 0, 512, 1024, 262_144, 300_000].map(weightOfShares)).toEqual([1, 1, 59, 100, 10_000, 10_000]);
  });

  test('the controllers needed are those of the files', () => {
    const values = cgroupValues({ memory: { limit: 1 }, cpu: { cpus: '0' }, unified: { 'cgroup.max.depth': '1' } });
    expect(controllersOf(values)).toEqual(['memory', 'cpuset']);
  });
});
