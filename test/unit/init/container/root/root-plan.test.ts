// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { planRoot, rootPropagation } from '../../../../../init/container/root/root-plan.ts';
import type { Linux } from '../../../../../init/contract/linux-config.ts';
import type { Mount, RuntimeConfig } from '../../../../../init/contract/runtime-config.ts';
import { MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '../../../../../init/linux.ts';
import type { Sys } from '../../../../../init/sys.ts';

test.each([
  [undefined, MS_SLAVE, undefined],
  ['', MS_SLAVE, undefined],
  ['rslave', MS_SLAVE, { type: MS_SLAVE, recursive: true }],
  ['shared', MS_SHARED, { type: MS_SHARED, recursive: false }],
  ['private', MS_PRIVATE, { type: MS_PRIVATE, recursive: false }],
  ['runbindable', MS_PRIVATE, { type: MS_UNBINDABLE, recursive: true }],
])('rootfsPropagation %j', (word, inherited, final) => {
  expect(rootPropagation(word)).toEqual({ inherited: { type: inherited, recursive: true }, final });
});

describe('the plan of a root', () => {
  const plan = (user: 'host' | 'new', uid: number, mounts: readonly Mount[] = [], linux: Linux = {}): unknown => {
    const sys = { geteuid: () => uid } as Sys;
    const process = { cwd: '/a/../b/', args: ['x'], user: { uid: 0, gid: 0 } };
    const config: RuntimeConfig = { ociVersion: '1.3.0', root: { path: 'rootfs' }, process, mounts, linux };
    return planRoot(
      sys,
      config,
      '/bundle',
      (type) => (type === 'user' ? user : 'new'),
      () => {},
    );
  };

  test('has absolute paths and all devices', () => {
    const devices = [{ path: '/dev//null', type: 'c', major: 7, minor: 7 }] as const;
    expect(plan('host', 0, [], { devices })).toMatchObject({
      path: '/bundle/rootfs',
      cwd: '/b',
      devices: [
        { path: '/dev//null' },
        { path: '/dev/zero' },
        { path: '/dev/full' },
        { path: '/dev/random' },
        { path: '/dev/urandom' },
        { path: '/dev/tty' },
      ],
    });
  });

  test("takes the host's path of a place in the root for that place", () => {
    const at = (destination: string): Mount => ({ destination, type: 'tmpfs' });
    expect(plan('host', 0, [at('/bundle/rootfs/a'), at('/bundle/rootfs'), at('/b')])).toMatchObject({
      mounts: [{ destination: '/a' }, { destination: '/bundle/rootfs' }, { destination: '/b' }],
    });
  });

  test('lets the runtime open trees when it is the root of the host, and may be needed', () => {
    const ids = [{ containerID: 0, hostID: 1, size: 1 }];
    const mapped = { destination: '/x', source: '/a', options: ['bind'], uidMappings: ids, gidMappings: ids };
    expect(plan('host', 0)).toMatchObject({ fetches: false, bindsDevices: false });
    expect(plan('host', 0, [mapped])).toMatchObject({ fetches: true });
    expect(plan('new', 0)).toMatchObject({ fetches: true, bindsDevices: true });
    expect(plan('new', 1000)).toMatchObject({ fetches: false, bindsDevices: true });
  });
});
