// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { syncDisks } from '../../../init/sync.ts';
import type { Sys } from '../../../init/sys.ts';
import { FakeSys } from '../../support/fake-sys.ts';

describe('disks', () => {
  test.each([
    ['are synchronised in a process of its own, and no longer waited for than it takes', 2.5, true, 2.5],
    ['that do not answer are given up after ten seconds', Infinity, false, 10],
  ])('%s', (_, seconds, answered, waited) => {
    const fake = new FakeSys();
    fake.childSeconds = seconds;
    const before = fake.now;
    expect(syncDisks(fake.sys)).toBe(answered);
    expect((fake.now - before) / 1e9).toBeCloseTo(waited, 1);
    expect(fake.calls).toEqual(['clone3 17']);
  });

  test('are not synchronised when there is no process to be had, since that could hang', () => {
    const fake = new FakeSys();
    fake.fail('clone3', 'EAGAIN');
    expect(syncDisks(fake.sys)).toBe(false);
  });

  test.each([
    ['ends', false, ['sync', 'exit 0']],
    ['ends whatever fails in it', true, ['sync', 'exit 1']],
  ])('have a process that %s', (_, fails, expected) => {
    const calls: string[] = [];
    const ended = new Error('the process has ended');
    const sys = {
      clone3: () => ({ pid: 0, pidfd: -1 }),
      sync: () => {
        calls.push('sync');
        if (fails) throw new Error('unexpected');
      },
      exit: (code: number) => {
        calls.push(`exit ${code}`);
        throw ended;
      },
    } as unknown as Sys;
    expect(() => syncDisks(sys)).toThrow(ended);
    expect(calls).toEqual(expected);
  });
});
