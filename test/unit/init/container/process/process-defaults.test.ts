// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { withDefaultsOf } from '../../../../../init/container/process/process-defaults.ts';
import type { Process } from '../../../../../init/contract/runtime-config.ts';

const own: Process = {
  cwd: '/srv',
  args: ['server'],
  env: ['A=1'],
  user: { uid: 7, gid: 7, umask: 0o77 },
  capabilities: { bounding: ['CAP_KILL'] },
  noNewPrivileges: true,
  rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
  oomScoreAdj: 100,
  scheduler: { policy: 'SCHED_IDLE' },
  ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
  execCPUAffinity: { final: '0' },
  apparmorProfile: 'p',
  selinuxLabel: 'l',
};

test('what restricts the container restricts a process that says nothing', () => {
  const process: Process = { cwd: '/', args: ['a'], user: { uid: 0, gid: 0 }, rlimits: [], apparmorProfile: '' };
  expect(withDefaultsOf(own, process)).toEqual({
    cwd: '/',
    args: ['a'],
    user: { uid: 0, gid: 0, umask: 0o77 },
    capabilities: own.capabilities,
    rlimits: own.rlimits,
    scheduler: own.scheduler,
    ioPriority: own.ioPriority,
    execCPUAffinity: own.execCPUAffinity,
    apparmorProfile: 'p',
    selinuxLabel: 'l',
  });
});

test('what a process says itself counts', () => {
  const process: Process = { ...own, capabilities: {}, scheduler: { policy: 'SCHED_RR' }, apparmorProfile: 'q' };
  expect(withDefaultsOf(own, process)).toEqual(process);
});
