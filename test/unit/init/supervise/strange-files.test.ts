// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { S_IFIFO } from '../../../../init/linux.ts';
import { closeStrangeFiles } from '../../../../init/supervise/strange-files.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

test('a pipe that a container sent is closed at once, anything else while another process holds it', () => {
  const fake = new FakeSys();
  fake.modes.set('/barrier', S_IFIFO);
  const open = (path: string): number => fake.sys.openat(-100, path, 0o100, 0);
  closeStrangeFiles(fake.sys, [open('/barrier')]);
  expect(fake.calls).toEqual([]);
  closeStrangeFiles(fake.sys, [open('/barrier'), open('/socket')]);
  expect(fake.calls).toEqual(['clone3 17']);
  fake.fail('clone3', 'EAGAIN');
  expect(() => closeStrangeFiles(fake.sys, [open('/socket')])).toThrow('EAGAIN');
  expect(fake.openDescriptors).toEqual([]);
});
