// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { Ending } from '../../../../init/ending.ts';
import { createReaper } from '../../../../init/supervise/reaper.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

describe('the reaper', () => {
  test('collects every process that ended, and tells of the awaited ones how', () => {
    const fake = new FakeSys();
    const reaper = createReaper(fake.sys);
    const endings: [number, Ending][] = [];
    for (const pid of [10, 11, 12]) reaper.await(pid, (ending) => endings.push([pid, ending]));
    fake.ended.push({ pid: 99, status: 0 }, { pid: 10, status: 3 << 8 }, { pid: 11, status: 9 | 0x80 });
    reaper.reap();
    expect(fake.ended).toEqual([]);
    expect(endings).toEqual([
      [10, { code: 3 }],
      [11, { signal: 9 }],
    ]);
  });

  test('tells once: a number is given to another process later', () => {
    const fake = new FakeSys();
    const reaper = createReaper(fake.sys);
    let ends = 0;
    reaper.await(10, () => {
      ends += 1;
    });
    fake.ended.push({ pid: 10, status: 0 }, { pid: 10, status: 0 });
    reaper.reap();
    expect(ends).toBe(1);
  });

  test('has nothing to do when there are no children', () => {
    const fake = new FakeSys();
    fake.fail('wait4', 'ECHILD');
    expect(() => createReaper(fake.sys).reap()).not.toThrow();
  });
});
