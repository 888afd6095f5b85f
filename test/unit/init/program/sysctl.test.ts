// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sysctl } from '../../../../init/program/sysctl.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

const conf = '/proc/sys/net/ipv4/conf';

/** A machine with these files of settings, and settings of the kernel that have no value yet. */
function machineWith(files: Readonly<Record<string, string>>): FakeSys {
  const fake = new FakeSys();
  for (const [path, text] of Object.entries(files)) fake.files.set(path, text);
  for (const name of ['all', 'eth0', 'eth0.100', 'lo']) fake.files.set(`${conf}/${name}/rp_filter`, '');
  for (const name of ['kernel/a', 'kernel/b', 'vm/c']) fake.files.set(`/proc/sys/${name}`, '');
  return fake;
}

const valueOf = (fake: FakeSys, name: string): string | undefined => fake.files.get(`/proc/sys/${name}`);

test('files of both folders are read in the order of their names, and one of /etc replaces one of /usr/lib', () => {
  const fake = machineWith({
    '/usr/lib/sysctl.d/00-tskit.conf': 'kernel.a = 1\nkernel.b = 1\n',
    '/etc/sysctl.d/00-tskit.conf': '# mine\n; mine\n\n  kernel.a=2\n',
    '/etc/sysctl.d/20-late.conf': 'vm/c = 4 5  6\n',
    '/etc/sysctl.d/10-early.conf': 'vm.c = 3\n',
    '/etc/sysctl.d/notes.txt': 'kernel.b = 9\n',
  });
  expect(runOn(fake, sysctl)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(['kernel/a', 'kernel/b', 'vm/c'].map((name) => valueOf(fake, name))).toEqual(['2', '', '4 5  6']);
});

test('the first separator of a name decides what the other one means', () => {
  const fake = machineWith({
    '/etc/sysctl.d/a.conf': 'net.ipv4.conf.eth0/100.rp_filter = 1\nnet/ipv4/conf/eth0/rp_filter=2',
  });
  expect(runOn(fake, sysctl).code).toBe(0);
  expect(valueOf(fake, 'net/ipv4/conf/eth0.100/rp_filter')).toBe('1');
  expect(valueOf(fake, 'net/ipv4/conf/eth0/rp_filter')).toBe('2');
});

test('a glob leaves alone what has a line of its own, with a value or without one', () => {
  const fake = machineWith({
    '/etc/sysctl.d/a.conf':
      'net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.lo.rp_filter\n',
  });
  expect(runOn(fake, sysctl).code).toBe(0);
  const values = ['all', 'eth0', 'eth0.100', 'lo'].map((name) => valueOf(fake, `net/ipv4/conf/${name}/rp_filter`));
  expect(values).toEqual(['0', '2', '2', '']);
});

test('a glob in the middle of a name means only the settings that there are', () => {
  const fake = machineWith({ '/etc/sysctl.d/a.conf': 'net.ipv4.*.all.rp_filter = 1\n' });
  fake.files.set('/proc/sys/net/ipv4/neigh/eth0/delay', '');
  expect(runOn(fake, sysctl)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(valueOf(fake, 'net/ipv4/conf/all/rp_filter')).toBe('1');
});

test('everything that can be written is, and then all that could not is an error with its place', () => {
  const fake = machineWith({
    '/etc/sysctl.d/a.conf':
      'nonsense\nkernel.none = 1\n-kernel.none.either = 1\nkernel.a = x\nkernel.b = 1\nvm..c = 1\n',
  });
  fake.fail('write /proc/sys/kernel/a', 'EINVAL');
  fake.fail('openat /proc/sys/kernel/b', 'EACCES');
  const { code, stderr } = runOn(fake, sysctl);
  expect(code).toBe(1);
  expect(stderr.split('\n').slice(0, -2)).toEqual([
    'sysctl: /etc/sysctl.d/a.conf:1: expected NAME = VALUE, found "nonsense"',
    'sysctl: /etc/sysctl.d/a.conf:6: expected NAME = VALUE, found "vm..c = 1"',
    'sysctl: /etc/sysctl.d/a.conf:2: kernel.none = 1: expected a setting that the kernel has, found none of this name',
    'sysctl: /etc/sysctl.d/a.conf:4: kernel.a = x: expected a value that the kernel takes, found one that it refuses',
    'sysctl: /etc/sysctl.d/a.conf:5: kernel.b = 1: expected to be allowed to write it, found no permission',
    'sysctl: writing settings of the kernel: 5 settings were not written, all others were',
  ]);
});

test('settings may be words of the command line, and then no file is read', () => {
  const fake = machineWith({ '/etc/sysctl.d/a.conf': 'kernel.b = 1\n' });
  expect(runOn(fake, sysctl, 'kernel.a=7', '-sysctlDir=/proc/sys').code).toBe(0);
  expect([valueOf(fake, 'kernel/a'), valueOf(fake, 'kernel/b')]).toEqual(['7', '']);
  expect(runOn(fake, sysctl, 'kernel.a')).toMatchObject({
    code: 2,
    stderr: 'sysctl: argument 1: expected NAME = VALUE, found "kernel.a"\nhint: sysctl --help shows what it takes\n',
  });
});

test('without any folder it says where one belongs', () => {
  const { code, stderr } = runOn(machineWith({}), sysctl);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'expected the folder "/usr/lib/sysctl.d" or "/etc/sysctl.d", found nothing\nhint: bind a folder',
  );
});

test("tskit's own settings are lines that it understands", () => {
  const text = readFileSync(new URL('../../../../packages/sysctl/files/00-tskit.conf', import.meta.url), 'utf8');
  const fake = machineWith({ '/usr/lib/sysctl.d/00-tskit.conf': text });
  const { stderr } = runOn(fake, sysctl);
  expect(stderr).not.toContain('expected NAME = VALUE');
  expect(stderr).toContain('kernel.kptr_restrict = 2: expected a setting that the kernel has');
});
