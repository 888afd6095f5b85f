// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { describeOutOfMemory } from '../../../../init/supervise/out-of-memory.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const events = (oom: number, killed: number): string =>
  `low 0\nhigh 0\nmax 213\noom ${oom}\noom_kill ${killed}\noom_group_kill 0\n`;

test.each([
  ['a process was killed at the limit', events(1, 1), '67108864\n', 'out of memory (limit 64 MiB)'],
  ['the limit is no whole number of MiB', events(1, 2), '1609728\n', 'out of memory (limit 1.5 MiB)'],
  ['the limit is less than one MiB', events(1, 1), '524288\n', 'out of memory (limit 512 KiB)'],
  ['the machine had no memory left', events(0, 1), '67108864\n', 'out of memory'],
  ['a cgroup below had the limit', events(3, 1), 'max\n', 'out of memory'],
  ['the limit was reached but nobody had to be killed', events(5, 0), '67108864\n', undefined],
])('when %s the cgroup tells of it', (_, memoryEvents, limit, text) => {
  const fake = new FakeSys();
  fake.files.set('/sys/fs/cgroup/hog/memory.events', memoryEvents);
  fake.files.set('/sys/fs/cgroup/hog/memory.max', limit);
  expect(describeOutOfMemory(fake.sys, { v2: '/sys/fs/cgroup/hog' })).toBe(text);
});

test('a cgroup without an account of memory tells nothing', () => {
  expect(describeOutOfMemory(new FakeSys().sys, { v2: '/sys/fs/cgroup/hog' })).toBeUndefined();
});
