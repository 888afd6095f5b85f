// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { RuntimeConfig } from '../../../init/contract/runtime-config.ts';
import type { HealthPlan, Probe } from '../../../init/contract/unit-plan.ts';
import { withNotifySocket } from '../../../src/assemble/notify.ts';

const config: RuntimeConfig = {
  ociVersion: '1.0.0',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['x'], user: { uid: 0, gid: 0 }, env: ['PATH=/bin', 'NOTIFY_SOCKET=/other'] },
  mounts: [{ destination: '/dev', type: 'tmpfs' }],
};

function checkedBy(probe: Probe): HealthPlan {
  return { probe, interval: 1, timeout: 1, retries: 1, startPeriod: 0, startInterval: 1 };
}

test('a service that tells of itself finds the socket in its own /dev, and the environment that sd_notify reads', () => {
  const { process, mounts } = withNotifySocket(config, 'services/db', checkedBy({ kind: 'notify', watchdog: 2.5 }));
  expect(process.env).toEqual(['PATH=/bin', 'NOTIFY_SOCKET=/dev/notify', 'WATCHDOG_USEC=2500000']);
  expect(mounts).toEqual([
    { destination: '/dev', type: 'tmpfs' },
    { destination: '/dev/notify', type: 'bind', source: '/run/tskit/notify/services/db', options: ['bind'] },
  ]);
  expect(withNotifySocket(config, 'services/db', checkedBy({ kind: 'notify' })).process.env).toHaveLength(2);
});

test('others are left as they are', () => {
  expect(withNotifySocket(config, 'services/db', undefined)).toBe(config);
  expect(withNotifySocket(config, 'services/db', checkedBy({ kind: 'tcp', address: '::1', port: 1 }))).toBe(config);
});
