// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { checkRootIsComplete, readBootPlan } from '../../../../init/boot/plan.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

describe('checkRootIsComplete', () => {
  test('passes when the last file of the initramfs is there', () => {
    const fake = new FakeSys();
    fake.files.set('/etc/tskit/complete', '');
    expect(() => checkRootIsComplete(fake.sys)).not.toThrow();
  });

  test('names the memory that is needed when it is missing', () => {
    const fake = new FakeSys();
    fake.files.set('/etc/tskit/unpacked.json', '{"bytes":1,"memoryMiB":420}');
    expect(() => checkRootIsComplete(fake.sys)).toThrow(/\/etc\/tskit\/complete is missing.*needs 420 MiB/);
  });

  test.each([[undefined], ['{"bytes":1,"memo'], ['[]'], ['{"memoryMiB":"many"}']])(
    'still says what is wrong when the size is not known (%j)',
    (text) => {
      const fake = new FakeSys();
      if (text !== undefined) fake.files.set('/etc/tskit/unpacked.json', text);
      expect(() => checkRootIsComplete(fake.sys)).toThrow(/give the machine more/);
    },
  );
});

describe('readBootPlan', () => {
  const plan = { version: 2, volumes: [], onboot: [], services: [], onshutdown: [], panic: 'reboot', stopSeconds: 0 };

  function read(text: string | undefined) {
    const fake = new FakeSys();
    if (text !== undefined) fake.files.set('/etc/tskit/boot.json', text);
    return readBootPlan(fake.sys);
  }

  test('gives the plan', () => {
    expect(read(JSON.stringify(plan))).toEqual(plan);
  });

  test.each([
    [undefined, /ENOENT .*\/etc\/tskit\/boot\.json is missing or broken/],
    ['{"version":', /boot\.json is missing or broken/],
    ['null', /expected version 2, found undefined/],
    [JSON.stringify({ ...plan, version: 1 }), /expected version 2, found 1: .*different builds of tskit/],
    [JSON.stringify({ ...plan, services: {} }), /"services": expected a list/],
  ])('of %j is an error that says so', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
