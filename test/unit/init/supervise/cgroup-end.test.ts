// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { endCgroup } from '../../../../init/supervise/cgroup-end.ts';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

/** A cgroup that has processes for so many seconds; what is told, and when. */
function ended(seconds: number, errno = 'EBUSY') {
  const fake = new FakeSys();
  fake.folders.add('/cg');
  fake.folders.add('/cg/web');
  fake.files.set('/cg/web/cgroup.kill', '');
  fake.files.set('/cg/web/cgroup.events', 'populated 1\nfrozen 0\n');
  fake.files.set('/cg/web/cgroup.freeze', '0');
  const loop = createLoop(fake.sys);
  const told: [seconds: number, failure: string | undefined][] = [];
  fake.fail('unlinkat /cg/web', errno);
  loop.after(seconds, () => fake.succeed('unlinkat /cg/web'));
  const before = fake.now;
  endCgroup({ sys: fake.sys, loop }, { v2: '/cg/web' }, (failure) => {
    told.push([Math.round((fake.now - before) / 1e8) / 10, failure]);
  });
  const now = fake.now - before;
  while (told.length === 0) loop.turn();
  return { fake, told, now };
}

test('a cgroup that has processes left is removed when they are gone; meanwhile nobody waits', () => {
  const { told, fake, now } = ended(2);
  expect(now).toBe(0);
  expect(told).toHaveLength(1);
  expect(told[0]?.[0]).toBeGreaterThanOrEqual(2);
  expect(told[0]?.[0]).toBeLessThan(3);
  expect(told[0]?.[1]).toBeUndefined();
  expect(fake.files.get('/cg/web/cgroup.kill')).toMatch(/^1+$/);
});

test('one whose processes not even SIGKILL ends is left as it is after ten seconds', () => {
  const { told } = ended(100);
  expect(told).toEqual([
    [expect.closeTo(10, 0), 'cgroup /cg/web has processes that do not end within 10 s of SIGKILL'],
  ]);
});

test('one that cannot be removed for another reason is left at once', () => {
  const { told } = ended(100, 'EACCES');
  expect(told).toEqual([[0, expect.stringMatching(/^remove cgroup \/cg\/web: .*EACCES/)]]);
});
