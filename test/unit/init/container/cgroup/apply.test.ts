// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { applyCgroup } from '../../../../../init/container/cgroup/apply.ts';
import { CGROUP2_SUPER_MAGIC } from '../../../../../init/linux.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

function limitedCgroup(prepare: (fake: FakeSys) => void): { readonly fake: FakeSys; readonly error: string } {
  const fake = new FakeSys();
  fake.rootType = CGROUP2_SUPER_MAGIC;
  for (const [path, text] of [
    ['/cg/cgroup.controllers', 'memory'],
    ['/cg/cgroup.subtree_control', 'memory'],
    ['/cg/box/cgroup.controllers', 'memory'],
    ['/cg/box/cgroup.events', 'populated 0'],
    ['/cg/box/memory.max', 'max'],
  ] as const)
    fake.files.set(path, text);
  fake.fail('write /cg/box/memory.max', 'EINVAL');
  prepare(fake);
  let error = 'none';
  try {
    applyCgroup(fake.sys, {
      id: 'box',
      path: '/box',
      resources: { memory: { limit: 1 } },
      root: '/cg',
      warn: () => undefined,
    });
  } catch (thrown) {
    error = String(thrown);
  }
  return { fake, error };
}

test('a cgroup whose limit cannot be set is removed', () => {
  const { fake, error } = limitedCgroup(() => undefined);
  expect(error).toMatch(/write "1" to \/cg\/box\/memory\.max.*EINVAL/);
  expect(fake.calls.at(-1)).toBe('unlinkat /cg/box');
});

test('that a cgroup cannot be removed does not hide why it had to be', () => {
  const { fake, error } = limitedCgroup((machine) => machine.fail('unlinkat /cg/box', 'EPERM'));
  expect(error).toMatch(/write "1" to \/cg\/box\/memory\.max.*EINVAL/);
  expect(fake.calls.at(-1)).toBe('unlinkat /cg/box');
});
