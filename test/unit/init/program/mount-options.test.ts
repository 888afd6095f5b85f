// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { mount } from '../../../../init/program/mount.ts';
import { mountOptions } from '../../../../init/program/mount-options.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

const [ro, nosuid, nodev, noexec, noatime] = [1, 2, 4, 8, 0x400];

describe('options of mount(8)', () => {
  test.each([
    { text: '', flags: 0, data: null },
    { text: 'ro,noatime,discard,commit=30', flags: ro | noatime, data: 'discard,commit=30' },
    { text: 'defaults,nofail,noauto,_netdev,x-systemd.device-timeout=5,X-mine,comment=x', flags: 0, data: null },
    { text: 'auto,nouser,user_xattr,x-gvfs-show', flags: 0, data: 'user_xattr' },
    { text: 'ro,noatime,rw,atime', flags: 0, data: null },
    { text: 'user,exec', flags: nosuid | nodev, data: null },
    { text: 'users', flags: nosuid | nodev | noexec, data: null },
    { text: 'owner', flags: nosuid | nodev, data: null },
    { text: 'X-mount.mkdir=0700,ro', flags: ro, data: null },
  ])('"$text" are flags and what the file system itself is given', ({ text, flags, data }) => {
    expect(mountOptions(text)).toMatchObject({ flags, data });
  });

  test('may say that the device need not be there', () => {
    expect(mountOptions('ro,nofail').mayFail).toBe(true);
    expect(mountOptions('ro').mayFail).toBe(false);
  });

  test.each([
    'bind',
    'rbind',
    'move',
    'remount',
    'loop',
    'loop=/dev/loop3',
    'offset=1',
    'shared',
    'rslave',
    'X-mount.subdir=a',
  ])('that ask for another kind of mount are refused: %s', (word) => {
    expect(() => mountOptions(`ro,${word}`)).toThrow(
      `expected options of a file system, found "${word}", which this program does not do`,
    );
  });
});

test('a file system that may be missing is told and is no failure', () => {
  const fake = new FakeSys();
  Object.assign(fake.sys, { environ: () => ['DISK_TIMEOUT=0'], nanosleep: () => undefined });
  const end = runOn(fake, mount, '-label', 'DATA', '-options', 'nofail', '/var/data');
  expect(end).toEqual({
    code: 0,
    stdout: '',
    stderr: 'mount: expected the label "DATA" for /var/data, found none after 0 s; nofail says to go on\n',
  });
  expect(runOn(fake, mount, '-label', 'DATA', '/var/data').code).toBe(1);
});
