// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { controllersNeeded, planLimits } from '../../../../../init/container/cgroup/plan.ts';
import type { Resources } from '../../../../../init/contract/resources.ts';

const limits: Resources = { memory: { limit: 100 }, pids: { limit: 5 }, blockIO: { weight: 100 } };

function files(resources: Resources, v1: readonly string[], hasV2: boolean): readonly string[] {
  return planLimits(resources, { v1, hasV2 }, () => undefined).map(({ version, file }) => `v${version} ${file}`);
}

test('values that only the other version refuses are taken', () => {
  expect(files({ memory: { swap: 100 }, cpu: { shares: 1, cpus: '0' } }, ['memory'], true)).toEqual([
    'v1 memory.memsw.limit_in_bytes',
    'v2 cpu.weight',
    'v2 cpuset.cpus',
  ]);
});

describe('each limit goes to the hierarchy that its controller is bound to', () => {
  test('v2 alone', () => {
    expect(files(limits, [], true)).toEqual(['v2 memory.max', 'v2 io.bfq.weight', 'v2 pids.max']);
  });

  test('v1 alone', () => {
    expect(files(limits, ['memory', 'pids', 'blkio'], false)).toEqual([
      'v1 memory.limit_in_bytes',
      'v1 pids.max',
      'v1 blkio.weight',
    ]);
  });

  test('some of each', () => {
    expect(files({ ...limits, unified: { 'memory.high': '5' } }, ['pids', 'blkio'], true)).toEqual([
      'v1 pids.max',
      'v1 blkio.weight',
      'v2 memory.max',
      'v2 memory.high',
    ]);
  });

  test('the controllers needed are those of the v2 files, without what every cgroup has', () => {
    const resources = { memory: { limit: 1 }, cpu: { cpus: '0' }, unified: { 'cgroup.max.depth': '1' } };
    expect(controllersNeeded(planLimits(resources, { v1: [], hasV2: true }, () => undefined))).toEqual([
      'memory',
      'cpuset',
    ]);
  });
});

test.each([
  [{ memory: { limit: 1 } }, ['cpu'], false, 'expected the controller "memory" for the limits asked, found cpu'],
  [{ pids: { limit: 1 } }, [], false, 'expected the controller "pids" for the limits asked, found no cgroups'],
  [
    { unified: { 'io.max': '8:0 rbps=1' } },
    ['blkio'],
    true,
    '"io.max" needs the controller "io" in cgroup v2, found it in v1',
  ],
  [{ cpu: { realtimeRuntime: 5 } }, [], true, 'cpu.realtimeRuntime is not supported: it needs the controller "cpu"'],
  [{ network: { classID: 5 } }, ['cpu'], true, 'network.classID is not supported: it needs the controller "net_cls"'],
])('%j with %j in v1 cannot be kept', (resources, v1, hasV2, message) => {
  expect(() => files(resources, v1, hasV2)).toThrow(message);
});

test('what v2 has nothing like is told, and only when it is asked for', () => {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const memory = { kernel: 5, kernelTCP: -1, swappiness: 60, disableOOMKiller: false };
  expect(planLimits({ memory, blockIO: { leafWeight: 0 } }, { v1: [], hasV2: true }, tell)).toEqual([]);
  expect(told).toEqual([
    'linux.resources.memory.kernel is left out: cgroup v2 has nothing like it',
    'linux.resources.memory.swappiness is left out: cgroup v2 has nothing like it',
  ]);
});
