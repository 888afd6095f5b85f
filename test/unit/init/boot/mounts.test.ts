// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { mountCgroups } from '../../../../init/boot/cgroups.ts';
import { mountSystem } from '../../../../init/boot/mounts.ts';
import { makeRootMovable, sealRoot } from '../../../../init/boot/root.ts';
import { MS_BIND, MS_MOVE, MS_RDONLY, MS_REMOUNT } from '../../../../init/linux.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const mountsOf = (fake: FakeSys): string[] => fake.calls.filter((call) => call.startsWith('mount '));

describe('makeRootMovable', () => {
  test('binds / aside, moves that mount onto / and goes there, before anything else is mounted', () => {
    const fake = new FakeSys();
    makeRootMovable(fake.sys);
    expect(fake.calls).toEqual([
      'mkdirat /run',
      `mount / /run  ${MS_BIND} `,
      'chdir /run',
      `mount . /  ${MS_MOVE} `,
      'chroot .',
      'chdir /',
    ]);
    expect(fake.openDescriptors).toEqual([]);
  });

  test('leaves a root that is on a disk as it is', () => {
    const fake = new FakeSys();
    fake.rootType = 0xef53;
    makeRootMovable(fake.sys);
    expect(fake.calls).toEqual([]);
  });
});

describe('sealRoot', () => {
  test('changes the file system of /, whatever mount of it is written through', () => {
    const fake = new FakeSys();
    sealRoot(fake.sys);
    expect(fake.calls).toEqual([`mount  /  ${MS_REMOUNT | MS_RDONLY} `]);
  });
});

describe('mountSystem', () => {
  test('mounts what every system has, and makes the folders of /var', () => {
    const fake = new FakeSys();
    mountSystem(fake.sys, () => expect.unreachable());
    const targets = mountsOf(fake).map((call) => call.split(' ')[2]);
    expect(targets.slice(0, 9)).toEqual([
      '/proc',
      '/sys',
      '/dev',
      '/dev/pts',
      '/dev/shm',
      '/dev/mqueue',
      '/run',
      '/tmp',
      '/var',
    ]);
    for (const section of ['onboot', 'onshutdown']) expect(fake.folders).toContain(`/var/log/${section}`);
    expect(fake.calls).toContain('fchmodat /var/tmp 1777');
    expect(fake.links.get('/var/run')).toBe('/run');
  });

  test('cannot go on without a required file system', () => {
    const fake = new FakeSys();
    fake.fail('mount tmpfs /var', 'ENOMEM');
    expect(() => mountSystem(fake.sys, () => undefined)).toThrow(/mount .*\/var.*ENOMEM/);
  });

  test('warns of one that is wanted, and says nothing of what the kernel does not have', () => {
    const fake = new FakeSys();
    fake.fail('mount mqueue', 'ENODEV');
    fake.fail('mount selinuxfs', 'ENOENT');
    fake.fail('mount efivarfs', 'EIO');
    const warnings: string[] = [];
    mountSystem(fake.sys, (text) => warnings.push(text));
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/mqueue.*ENODEV/);
    expect(warnings[1]).toMatch(/efivarfs.*EIO/);
  });
});

describe('mountCgroups', () => {
  function setUp(): FakeSys {
    const fake = new FakeSys();
    fake.files.set('/sys/fs/cgroup/cgroup.controllers', 'cpuset cpu memory pids\n');
    fake.files.set('/sys/fs/cgroup/cgroup.subtree_control', '');
    return fake;
  }

  test('gives all controllers to the groups below in one write', () => {
    const fake = setUp();
    mountCgroups(fake.sys);
    expect(fake.files.get('/sys/fs/cgroup/cgroup.subtree_control')).toBe('+cpuset +cpu +memory +pids');
  });

  test('takes fewer mount options on a kernel that does not know them', () => {
    const fake = setUp();
    fake.fail('mount cgroup2 /sys/fs/cgroup cgroup2 2097166 nsdelegate,memory_recursiveprot', 'EINVAL');
    mountCgroups(fake.sys);
    expect(mountsOf(fake).at(-1)).toMatch(/ nsdelegate$/);
  });

  test('is an error without cgroup v2', () => {
    const fake = setUp();
    fake.fail('mount cgroup2', 'ENODEV');
    expect(() => mountCgroups(fake.sys)).toThrow(/ENODEV/);
  });
});
