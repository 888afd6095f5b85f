// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { openProcfs } from '../../../../init/container/procfs.ts';
import { PROC_SUPER_MAGIC, TMPFS_MAGIC } from '../../../../init/linux.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

function machineWith(type: number): FakeSys {
  const machine = new FakeSys();
  machine.folders.add('/proc');
  machine.rootType = type;
  return machine;
}

test('a proc file system is opened', () => {
  const machine = machineWith(PROC_SUPER_MAGIC);
  const fd = openProcfs(machine.sys);
  expect(machine.openDescriptors).toEqual([fd]);
});

test('anything else that is mounted on /proc is refused', () => {
  const machine = machineWith(TMPFS_MAGIC);
  expect(() => openProcfs(machine.sys)).toThrow('open /proc: expected a proc file system, found another one');
  expect(machine.openDescriptors).toEqual([]);
});
