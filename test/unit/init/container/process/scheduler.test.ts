// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseScheduler } from '../../../../../init/container/process/scheduler.ts';

test('policy, flags and values become what sched_setattr takes', () => {
  expect(parseScheduler(undefined)).toBeUndefined();
  expect(parseScheduler({ policy: 'SCHED_BATCH', nice: 7, flags: ['SCHED_FLAG_RESET_ON_FORK'] })).toEqual({
    policy: 3,
    flags: 1,
    nice: 7,
    priority: 0,
    runtime: 0n,
    deadline: 0n,
    period: 0n,
  });
  const times = { runtime: 4000, deadline: 9_007_199_254_740_993n, period: 9_007_199_254_740_994n };
  expect(parseScheduler({ policy: 'SCHED_DEADLINE', ...times })).toMatchObject({
    policy: 6,
    runtime: 4000n,
    deadline: 9_007_199_254_740_993n,
    period: 9_007_199_254_740_994n,
  });
});

test.each([
  [{ policy: 'SCHED_FAST' }, 'process.scheduler.policy: expected one of SCHED_OTHER, SCHED_FIFO'],
  [{ policy: 'SCHED_OTHER', flags: ['SCHED_X'] }, 'process.scheduler.flags: expected one of SCHED_FLAG_RESET_ON_FORK'],
  [{ policy: 'SCHED_BATCH', nice: 20 }, 'process.scheduler.nice: expected -20 to 19 with SCHED_BATCH, found 20'],
  [{ policy: 'SCHED_IDLE', priority: 1 }, 'process.scheduler.priority: expected none with SCHED_IDLE'],
  [{ policy: 'SCHED_RR', runtime: 1 }, 'runtime, deadline and period go with SCHED_DEADLINE only, found SCHED_RR'],
  [
    { policy: 'SCHED_DEADLINE', runtime: 2048, deadline: 2000 },
    'sched_setattr: `SCHED_DEADLINE` runtime (2048) must be <= deadline (2000)',
  ],
  [
    { policy: 'SCHED_DEADLINE', runtime: 2048, deadline: 2048, period: 2000 },
    '`SCHED_DEADLINE` deadline (2048) must be <= period (2000)',
  ],
  [{ policy: 'SCHED_DEADLINE', deadline: 2000 }, '`SCHED_DEADLINE` requires `runtime`'],
  [{ policy: 'SCHED_DEADLINE', runtime: 2000 }, '`SCHED_DEADLINE` requires `deadline`'],
  [{ policy: 'SCHED_DEADLINE', runtime: 0, deadline: 2000 }, '`SCHED_DEADLINE` runtime must be greater than 0'],
  [{ policy: 'SCHED_DEADLINE', runtime: 1000, deadline: 2000 }, 'runtime (1000) must be between 1024 and'],
  [
    { policy: 'SCHED_DEADLINE', runtime: 2n ** 63n, deadline: 2n ** 63n },
    'runtime (9223372036854775808) must be between 1024 and 9223372036854775808',
  ],
])('%o is refused', (scheduler, message) => {
  expect(() => parseScheduler(scheduler)).toThrow(message);
});
