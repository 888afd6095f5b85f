// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// No kernel of the usual test machines has a security module, so what is written, and where, is seen on the fake.

import { describe, expect, test } from 'vitest';
import { applyLabels, openLabels, planLabels } from '../../../../../init/container/process/security-labels.ts';
import { SELINUX_MAGIC } from '../../../../../init/linux.ts';
import type { Process } from '../../../../../init/contract/runtime-config.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

const least: Process = { cwd: '/', args: ['a'], user: { uid: 0, gid: 0 } };

function machine(files: Readonly<Record<string, string>>): FakeSys {
  const fake = new FakeSys();
  for (const [path, content] of Object.entries(files)) fake.files.set(path, content);
  return fake;
}

/** Opens and writes the labels of a process; the fake's paths start at the procfs. @returns the warnings */
function label(fake: FakeSys, process: Partial<Process>): readonly string[] {
  const procfs = 99;
  const warnings: string[] = [];
  const labels = planLabels(fake.sys, { ...least, ...process }, (text) => void warnings.push(text));
  applyLabels(fake.sys, openLabels(fake.sys, procfs, labels));
  return warnings;
}

describe('an AppArmor profile', () => {
  const enabled = '/sys/module/apparmor/parameters/enabled';

  test("is written to AppArmor's own file", () => {
    const fake = machine({ [enabled]: 'Y\n', 'thread-self/attr/apparmor/exec': '', 'thread-self/attr/exec': '' });
    label(fake, { apparmorProfile: 'docker-default' });
    expect(fake.files.get('thread-self/attr/apparmor/exec')).toBe('exec docker-default');
    expect(fake.files.get('thread-self/attr/exec')).toBe('');
    expect(fake.openDescriptors).toEqual([]);
  });

  test('is written to the shared file on a kernel without one', () => {
    const fake = machine({ [enabled]: 'Y\n', 'thread-self/attr/exec': '' });
    label(fake, { apparmorProfile: 'p' });
    expect(fake.files.get('thread-self/attr/exec')).toBe('exec p');
  });

  test.each([{}, { [enabled]: 'N\n' }])('is warned of where AppArmor is not enabled', (files) => {
    expect(label(machine(files), { apparmorProfile: 'p' })).toEqual([
      'process.apparmorProfile: "p" has no effect, because AppArmor is not enabled here',
    ]);
  });

  test('that does not exist is named', () => {
    const fake = machine({ [enabled]: 'Y\n', 'thread-self/attr/exec': '' });
    fake.fail('write thread-self/attr/exec', 'ENOENT');
    expect(() => label(fake, { apparmorProfile: 'p' })).toThrow('process.apparmorProfile: set "exec p": write: ENOENT');
  });

  test('is not asked for by an empty text', () => {
    const fake = machine({});
    label(fake, { apparmorProfile: '', selinuxLabel: '' });
    expect(fake.files.size).toBe(0);
  });
});

describe('a SELinux label', () => {
  test('is written as it is', () => {
    const fake = machine({ 'thread-self/attr/exec': '' });
    fake.folders.add('/sys/fs/selinux');
    fake.rootType = SELINUX_MAGIC;
    label(fake, { selinuxLabel: 'system_u:system_r:container_t:s0' });
    expect(fake.files.get('thread-self/attr/exec')).toBe('system_u:system_r:container_t:s0');
  });

  test('is warned of where there is no selinuxfs', () => {
    const warning = ['process.selinuxLabel: "a" has no effect, because SELinux is not enabled here'];
    expect(label(machine({}), { selinuxLabel: 'a' })).toEqual(warning);
    const other = machine({});
    other.folders.add('/sys/fs/selinux');
    expect(label(other, { selinuxLabel: 'a' })).toEqual(warning);
  });
});
