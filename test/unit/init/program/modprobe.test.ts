// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { modprobe } from '../../../../init/program/modprobe.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

const folder = '/lib/modules/6.1';

function machine(): FakeSys {
  const fake = new FakeSys();
  fake.files.set('/proc/sys/kernel/osrelease', '6.1\n');
  fake.files.set('/proc/cmdline', 'quiet b.size=1\n');
  fake.files.set(`${folder}/tskit/modules`, 'a_b\tkernel/a_b.ko\tb\t\nb\tkernel/b.ko\t\t\nbuilt\t\t\t\n');
  fake.files.set(`${folder}/tskit/alias/fs`, '4\nfs-\tx* b\n');
  for (const name of ['a_b', 'b']) fake.files.set(`${folder}/kernel/${name}.ko`, name);
  return fake;
}

const insert = (name: string, parameters = ''): string => `finitModule ${folder}/kernel/${name}.ko ${parameters}`;

test('loads several modules with what they need, and parameters of the command line and of the kernel', () => {
  const fake = machine();
  expect(runOn(fake, modprobe, '-a', 'a-b', 'mode=7', 'name=x y', 'built')).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  expect(fake.calls).toEqual([insert('b', 'size=1'), insert('a_b', 'mode=7 name="x y"')]);
});

test('says what it loaded when asked', () => {
  expect(runOn(machine(), modprobe, '-v', 'b', 'built').stdout).toBe('modprobe: b\nmodprobe: built\n');
});

test('a module that is not there is an error with its name, after all others were loaded', () => {
  const fake = machine();
  expect(runOn(fake, modprobe, 'none', 'b')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected "none" among the modules of the kernel 6.1, found none of that name'),
  });
  expect(fake.calls).toEqual([insert('b', 'size=1')]);
  expect(runOn(machine(), modprobe, '-q', 'none')).toEqual({ code: 1, stdout: '', stderr: '' });
});

test('a module that the kernel refuses is an error', () => {
  const fake = machine();
  fake.fail('finitModule', 'EPERM');
  const { code, stderr } = runOn(fake, modprobe, 'b');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^modprobe: module b: finitModule .*EPERM\nmodprobe: loading modules: .*\nhint: .*CAP_SYS_MODULE/,
  );
});

test('without names, with a parameter first, or without any modules it says what it expected', () => {
  expect(runOn(machine(), modprobe)).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a module') });
  expect(runOn(machine(), modprobe, 'x=1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('in front of "x=1"'),
  });
  const bare = new FakeSys();
  bare.files.set('/proc/sys/kernel/osrelease', '6.1\n');
  expect(runOn(bare, modprobe, 'b')).toMatchObject({ code: 1, stderr: expect.stringContaining('bind /lib/modules') });
});
