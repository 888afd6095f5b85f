// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { SystemStatus, UnitSummary } from '../../../../init/contract/status.ts';
import { describeEvent, describeStatus, describeUnits } from '../../../../init/control/text.ts';

const lost = {
  id: 'services/lost',
  name: 'lost',
  image: 'x',
  state: 'exited',
  exitCode: 1,
  restarts: 3,
  givenUp: true,
} as const;

test('tsctl shows the state and one line an entry', () => {
  const status: SystemStatus = {
    version: 1,
    state: 'degraded',
    bootSeconds: 0.4567,
    onboot: [
      { id: 'x/dhcp', name: 'dhcp', image: 'x', state: 'exited', exitCode: 0, startedAt: 1, endedAt: 1.25 },
      { id: 'x/disk', name: 'disk', image: 'x', state: 'exited', signal: 'SIGSEGV', startedAt: 2, endedAt: 2.5 },
    ],
    services: [
      { id: 'x/app', name: 'app', image: 'x', state: 'running', pid: 81, health: 'healthy', restarts: 1 },
      {
        id: 'x/flaky',
        name: 'flaky',
        image: 'x',
        state: 'restarting',
        exitCode: 1,
        startedAt: 1,
        endedAt: 2,
        restarts: 3,
      },
      { id: 'x/late', name: 'late', image: 'x', state: 'skipped', error: 'database failed' },
      { id: 'x/off', name: 'off', image: 'x', state: 'stopped' },
      { id: 'x/web', name: 'web', image: 'x', state: 'running', pid: 80 },
      {
        id: 'x/hog',
        name: 'hog',
        image: 'x',
        state: 'exited',
        signal: 'SIGKILL',
        error: 'out of memory',
        startedAt: 1,
        endedAt: 2,
      },
      { id: 'x/database', name: 'database', image: 'x', state: 'failed', error: 'exec "/db": ENOENT' },
      { ...lost, startedAt: 1, endedAt: 2 },
    ],
    onshutdown: [{ id: 'x/bye', name: 'bye', image: 'x', state: 'waiting' }],
  };
  expect(describeStatus(status)).toBe(`degraded, booted in 0.457 s
onboot:
  dhcp  exit code 0 after 0.250 s
  disk  killed by SIGSEGV after 0.500 s
services:
  app       running, pid 81, healthy, 1 restart
  flaky     restarting, exit code 1 after 1.000 s, 3 restarts
  late      is not started: database failed
  off       stopped
  web       running, pid 80
  hog       killed by SIGKILL: out of memory after 1.000 s
  database  could not be started: exec "/db": ENOENT
  lost      given up, exit code 1 after 1.000 s, 3 restarts
onshutdown:
  bye  waiting
`);
});

test('tsctl ps is a table with what each entry uses', () => {
  const units: UnitSummary[] = [
    { id: 'onboot/000-dhcp', section: 'onboot', name: 'dhcp', image: 'x', state: 'exited', exitCode: 0 },
    {
      id: 'services/web',
      section: 'services',
      name: 'web',
      image: 'x',
      state: 'running',
      health: 'healthy',
      restarts: 12,
      uptime: 3725,
      memory: 5 * 1024 ** 2,
      cpu: 1.234,
    },
    { ...lost, section: 'services' },
  ];
  expect(describeUnits(units)).toBe(`NAME             STATE               HEALTH   RESTARTS  UPTIME  MEMORY   CPU
onboot/000-dhcp  exited 0            -        0         -       -        -
services/web     running             healthy  12        1h2m    5.0 MiB  1.23 s
services/lost    given up, exited 1  -        3         -       -        -
`);
});

test('tsctl events is one line each', () => {
  const event = { number: 7, at: 12.5, id: 'services/web', kind: 'ended', text: 'exit code 1 after 2.000 s' } as const;
  expect(describeEvent(event)).toBe('[   12.500] services/web: ended: exit code 1 after 2.000 s\n');
});

test('tsctl shows the partitions that keep data, and why one is not there', () => {
  const status: SystemStatus = {
    version: 1,
    state: 'degraded',
    onboot: [],
    services: [],
    onshutdown: [],
    partitions: [
      { label: 'state', state: 'present', device: '/dev/vda3', bytes: 2 ** 30, mount: '/var/lib/state' },
      { label: 'raw', state: 'made', device: '/dev/vda4', bytes: 2 ** 30 },
      { label: 'data', state: 'failed', error: 'the disk is full' },
    ],
  };
  expect(describeStatus(status)).toBe(`degraded
partitions:
  state  /dev/vda3, on /var/lib/state
  raw    /dev/vda4, made at this boot
  data   is not there: the disk is full
`);
});
