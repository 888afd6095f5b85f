// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { killAll } from '../../../../../init/container/cgroup/kill.ts';
import { SIGTERM } from '../../../../../init/linux.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

test('a process of another PID namespace is not taken for the process group of the runtime', () => {
  const fake = new FakeSys();
  fake.files.set('/cg/box/cgroup.procs', '0\n17\n');
  fake.files.set('/cg/box/cgroup.freeze', '1');
  expect(() => killAll(fake.sys, { v2: '/cg/box' }, SIGTERM)).toThrow(
    "signal 15: expected all processes to be in the runtime's PID namespace, found 1 of 2 outside",
  );
  expect(fake.calls.filter((call) => call.startsWith('kill '))).toEqual(['kill 17 15']);
});
