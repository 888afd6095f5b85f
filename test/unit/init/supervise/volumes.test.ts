// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { VolumePlan } from '../../../../init/contract/boot-plan.ts';
import { openConsole } from '../../../../init/supervise/console.ts';
import { createLaunch } from '../../../../init/supervise/launch.ts';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { createReaper } from '../../../../init/supervise/reaper.ts';
import { mountVolumes } from '../../../../init/supervise/volumes.ts';
import { entryPlan } from '../../../support/fake-machine.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

// What mounting does is seen in test/boot/volumes; here nothing can be mounted.

function failing() {
  const fake = new FakeSys();
  fake.files.set('/dev/console', '');
  const console = openConsole(fake.sys);
  fake.fail('openat /', 'EIO');
  return { fake, console };
}

function volume(name: string): VolumePlan {
  const folder = `/containers/volumes/${name}`;
  const options = ['ro', `lowerdir=${folder}/lower:${folder}/tmp`];
  return { name, folder, mounts: [{ destination: `${folder}/merged`, type: 'overlay', source: 'overlay', options }] };
}

test('a volume that cannot be mounted is told loudly, and the next one is tried', () => {
  const { fake, console } = failing();
  const aliases: string[] = [];
  const modules = { load: () => true, loadByAlias: (alias: string) => aliases.push(alias) > 0 };
  const failed = mountVolumes(fake.sys, console, modules, [volume('data'), volume('logs')]);
  for (const name of ['data', 'logs']) {
    expect(fake.console).toMatch(new RegExp(`\\*\\*\\* volume ${name}: FAILED, .*/containers/volumes/${name}.*EIO`));
    expect(failed.get(name)).toContain('EIO');
  }
  expect(aliases).toEqual(['fs-overlay', 'fs-overlay']);
});

test('a container that mounts a failed volume is not started, and one that does not is not held back', () => {
  const { fake, console } = failing();
  const failed = mountVolumes(fake.sys, console, undefined, [volume('data')]);
  const { sys } = fake;
  const launch = createLaunch({ sys, loop: createLoop(sys), reaper: createReaper(sys), console }, undefined, {
    volumes: failed,
    partitions: [],
  });
  const plan = entryPlan('services', 'web');
  expect(() => launch(fake.sys, { ...plan, volumes: ['other', 'data'] }, { stdout: 1, stderr: 1 })).toThrow(
    /^volume data is not mounted: .*EIO/,
  );
  // The fake has no bundle: that it is looked for is enough.
  expect(() => launch(fake.sys, { ...plan, volumes: ['other'] }, { stdout: 1, stderr: 1 })).toThrow(
    '/containers/services/web',
  );
});
