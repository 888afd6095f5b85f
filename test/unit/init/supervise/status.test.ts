// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { SystemStatus } from '../../../../init/contract.ts';
import { describeStatus } from '../../../../init/supervise/status-text.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

test('a status file that cannot be written is told once, and the system goes on', () => {
  const plan = planOf({ services: ['web'] });
  const { fake, machine } = new FakeMachine(plan);
  fake.fail('openat /run/tskit/status.json', 'ENOSPC');
  machine.status.booted(1);
  machine.status.stopping();
  expect(fake.console.match(/ENOSPC/g)).toHaveLength(1);
  expect(machine.status.current().state).toBe('stopping');
});

test('tsctl shows the state and one line an entry', () => {
  const status: SystemStatus = {
    version: 1,
    state: 'degraded',
    bootSeconds: 0.4567,
    onboot: [
      { name: 'dhcp', image: 'x', state: 'exited', exitCode: 0, startedAt: 1, endedAt: 1.25 },
      { name: 'disk', image: 'x', state: 'exited', signal: 'SIGSEGV', startedAt: 2, endedAt: 2.5 },
    ],
    services: [
      { name: 'web', image: 'x', state: 'running', pid: 80 },
      { name: 'database', image: 'x', state: 'failed', error: 'exec "/db": ENOENT' },
    ],
    onshutdown: [{ name: 'bye', image: 'x', state: 'waiting' }],
  };
  expect(describeStatus(status)).toBe(`degraded, booted in 0.457 s
onboot:
  dhcp  exit code 0 after 0.250 s
  disk  killed by SIGSEGV after 0.500 s
services:
  web       running, pid 80
  database  could not be started: exec "/db": ENOENT
onshutdown:
  bye  waiting
`);
});
