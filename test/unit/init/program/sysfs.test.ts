// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { sysfs } from '../../../../init/program/sysfs.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

function machineWith(text: string): FakeSys {
  const fake = new FakeSys();
  fake.files.set('/usr/lib/sysfs.d/00-tskit.conf', '');
  fake.files.set('/etc/sysfs.d/a.conf', text);
  for (const disk of ['vda', 'vdb', 'loop0']) fake.files.set(`/sys/block/${disk}/queue/scheduler`, '');
  fake.files.set('/sys/kernel/mm/enabled', '');
  return fake;
}

test('a path below /sys gets the value, and a glob gives it to all that match', () => {
  const fake = machineWith('# comment\nkernel/mm/enabled = madvise\nblock/vd*/queue/scheduler=none\n');
  expect(runOn(fake, sysfs)).toEqual({ code: 0, stdout: '', stderr: '' });
  const values = [
    'kernel/mm/enabled',
    'block/vda/queue/scheduler',
    'block/vdb/queue/scheduler',
    'block/loop0/queue/scheduler',
  ];
  expect(values.map((path) => fake.files.get(`/sys/${path}`))).toEqual(['madvise', 'none', 'none', '']);
});

test('a glob means only what is there, so that a device without a setting is no error', () => {
  const fake = machineWith('block/*/device/queue_depth = 32\nblock/*/device/none = 1\n');
  fake.files.set('/sys/block/vda/device/queue_depth', '');
  const { code, stderr } = runOn(fake, sysfs);
  expect([fake.files.get('/sys/block/vda/device/queue_depth'), code]).toEqual(['32', 1]);
  expect(stderr.split('\n')[0]).toBe(
    'sysfs: /etc/sysfs.d/a.conf:2: block/*/device/none = 1: expected a path below /sys that the glob matches, found none',
  );
  expect(stderr).not.toContain('queue_depth');
});

test('a path may be written with /sys in front', () => {
  const fake = machineWith('/sys/kernel/mm/enabled = never\n');
  expect(runOn(fake, sysfs).code).toBe(0);
  expect(fake.files.get('/sys/kernel/mm/enabled')).toBe('never');
});

test('mode and owner are those of the file', () => {
  const fake = machineWith(
    'mode kernel/mm/enabled = 0640\nowner kernel/mm/enabled = 7:video\nowner kernel/mm/enabled = nobody\n',
  );
  fake.files.set('/etc/group', 'root:x:0:\nvideo:x:44:\n');
  fake.files.set('/etc/passwd', 'nobody:x:65534:65534::/:\n');
  expect(runOn(fake, sysfs)).toMatchObject({ code: 0 });
  expect(fake.calls).toEqual([
    'fchmodat /sys/kernel/mm/enabled 640',
    'fchownat /sys/kernel/mm/enabled 7 44',
    'fchownat /sys/kernel/mm/enabled 65534 -1',
  ]);
});

test('everything that can be set is, and then all that could not is an error with its place', () => {
  const fake = machineWith(
    'nonsense\nblock/x*/size = 1\n-kernel/none = 1\nkernel/../../etc/passwd = 1\nmode kernel/mm/enabled = rw\nkernel/mm/enabled = always\n',
  );
  const { code, stderr } = runOn(fake, sysfs);
  expect(code).toBe(1);
  const grammar = 'expected PATH = VALUE, mode PATH = BITS or owner PATH = USER:GROUP, found';
  expect(stderr.split('\n').slice(0, 5)).toEqual([
    `sysfs: /etc/sysfs.d/a.conf:1: ${grammar} "nonsense"`,
    'sysfs: /etc/sysfs.d/a.conf:2: block/x*/size = 1: expected a path below /sys that the glob matches, found none',
    `sysfs: /etc/sysfs.d/a.conf:4: ${grammar} "kernel/../../etc/passwd = 1"`,
    `sysfs: /etc/sysfs.d/a.conf:5: ${grammar} "mode kernel/mm/enabled = rw"`,
    'sysfs: writing settings of the kernel: 4 settings were not written, all others were',
  ]);
  expect(fake.files.get('/sys/kernel/mm/enabled')).toBe('always');
});
