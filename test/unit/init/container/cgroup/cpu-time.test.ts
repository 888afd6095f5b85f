// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { splitCpuTime } from '../../../../../init/container/cgroup/cpu-time.ts';

test('limits of CPU time come late, whichever way they are said, and all others early', () => {
  expect(
    splitCpuTime({
      pids: { limit: 5 },
      cpu: { shares: 512, cpus: '0', quota: 1000, period: 100_000, burst: 10 },
      unified: { 'cpu.max': '1000 100000', 'cpu.max.burst': '0', 'memory.high': '1M' },
    }),
  ).toEqual({
    early: { pids: { limit: 5 }, cpu: { shares: 512, cpus: '0' }, unified: { 'memory.high': '1M' } },
    late: {
      cpu: { quota: 1000, period: 100_000, burst: 10 },
      unified: { 'cpu.max': '1000 100000', 'cpu.max.burst': '0' },
    },
  });
});

test('without any nothing comes late', () => {
  const resources = { pids: { limit: 5 }, cpu: { shares: 512 } };
  expect(splitCpuTime(resources)).toEqual({ early: resources });
});
