// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { Mount } from '../../../init/contract/runtime-config.ts';
import { containerMounts } from '../../../src/assemble/mounts.ts';
import type { ImageSettings, MountSpec } from '../../../src/spec/types.ts';

function mountAt(settings: ImageSettings, destination: string): Mount | undefined {
  return containerMounts(settings).find((mount) => mount.destination === destination);
}

test("without settings a container has LinuxKit's mounts in the order in which they can be made", () => {
  expect(containerMounts({})).toEqual([
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
    },
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec', 'relatime'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
    },
  ]);
});

test('a read-only container cannot write /dev and /sys either', () => {
  expect(mountAt({ readonly: true }, '/dev')?.options).toContain('ro');
  expect(mountAt({ readonly: true }, '/sys')?.options).toContain('ro');
  expect(mountAt({ readonly: true }, '/proc')?.options).not.toContain('ro');
});

test.each([
  [
    'a tmpfs without options',
    { tmpfs: ['/tmp'] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [] },
  ],
  [
    'a tmpfs with options',
    { tmpfs: ['/tmp:size=1m,mode=1777'] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['size=1m', 'mode=1777'] },
  ],
  [
    'a bind is writable, recursive and shared unless it says otherwise',
    { binds: ['/a:/tmp'] },
    { destination: '/tmp', type: 'bind', source: '/a', options: ['rw', 'rbind', 'rshared'] },
  ],
  [
    'options of a bind replace the defaults, but it stays recursive',
    { binds: ['/a:/tmp:ro,slave'] },
    { destination: '/tmp', type: 'bind', source: '/a', options: ['ro', 'slave', 'rbind'] },
  ],
  [
    'a mount in full is taken as it is',
    { mounts: [{ destination: '/tmp', type: 'ext4', source: '/dev/vda', options: ['ro'] }] },
    { destination: '/tmp', type: 'ext4', source: '/dev/vda', options: ['ro'] },
  ],
  [
    'a later kind of mount replaces an earlier one at the same place',
    { tmpfs: ['/tmp'], binds: ['/a:/tmp'], mounts: [{ destination: '/tmp', type: 'tmpfs' }] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
  ],
])('%s', (_title, settings, expected) => {
  expect(mountAt(settings, '/tmp')).toEqual(expected);
});

test.each([
  [{ userns: 'new' }, 'bind'],
  [{ userns: '/run/ns/user', net: 'host' }, 'bind'],
  [{ userns: 'new', net: 'new' }, 'sysfs'],
  [{ userns: 'host' }, 'sysfs'],
])('with %j /sys is a %s: who may not change a network may not have a sysfs that shows it', (settings, type) => {
  expect(mountAt(settings, '/sys')).toMatchObject({ type, source: type === 'bind' ? '/sys' : 'sysfs' });
});

test.each<[MountSpec, string, string]>([
  [{ source: 'mqueue' }, '/dev/mqueue', 'mqueue'],
  [{ type: 'proc' }, '/proc', 'proc'],
  [{ source: 'sysfs' }, '/sys', 'sysfs'],
  [{ type: 'cgroup', options: ['rw'] }, '/sys/fs/cgroup', 'cgroup'],
  [{ source: 'devpts' }, '/dev/pts', 'devpts'],
  [{ destination: '/dev' }, '/dev', 'tmpfs'],
])('of a mount %j type, source and destination follow from each other', (mount, destination, type) => {
  const made = mountAt({ mounts: [mount] }, destination);
  expect(made).toMatchObject({ destination, type, source: type });
  expect(made?.options).toEqual(mount.options);
});

test.each([
  [{ mounts: [{ destination: '/x' }] }, 'mounts: expected a type, found none in {"destination":"/x"}'],
  [{ mounts: [{ type: 'ext4' }] }, 'mounts: expected a destination, found none in {"type":"ext4"}'],
  [{ mounts: [{ source: 'toString' }] }, 'mounts: expected a type'],
  [{ binds: ['/a'] }, 'binds: expected "/SOURCE:/DESTINATION[:OPTION,...]", found "/a"'],
  [{ binds: ['/a:/b:ro:x'] }, 'found "/a:/b:ro:x"'],
  [{ binds: ['/a:b'] }, 'found "/a:b"'],
  [{ tmpfs: ['/a:b:c'] }, 'tmpfs: expected "/DESTINATION[:OPTION,...]", found "/a:b:c"'],
])('%j is an error that quotes it', (settings, message) => {
  expect(() => containerMounts(settings)).toThrow(message);
});
