// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { updateResources } from '../../../../../init/container/cgroup/update.ts';
import type { Resources } from '../../../../../init/contract/resources.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

const before = {
  'cpu.max': '50000 200000\n',
  'cpu.max.burst': '0\n',
  'memory.max': '1000\n',
  'memory.swap.max': '0\n',
  'memory.current': '600\n',
} as const;

/** What was written over the old content, by file. */
function updated(resources: Resources): Readonly<Record<string, string>> {
  const fake = new FakeSys();
  for (const [file, text] of Object.entries(before)) fake.files.set(`/c/${file}`, text);
  updateResources(fake.sys, { v2: '/c' }, resources);
  const changes = Object.entries(before).flatMap(([file, old]) => {
    const now = fake.files.get(`/c/${file}`) ?? '';
    return now === old ? [] : [[file, now.slice(old.length)] as const];
  });
  return Object.fromEntries(changes);
}

test.each<[string, Resources, Readonly<Record<string, string>>]>([
  ['a quota keeps its period', { cpu: { quota: 20_000 } }, { 'cpu.max': '20000 200000' }],
  ['a period keeps its quota', { cpu: { period: 100_000 } }, { 'cpu.max': '50000 100000' }],
  ['no quota is written with its period', { cpu: { quota: -1 } }, { 'cpu.max': 'max 200000' }],
  ['a burst is written alone', { cpu: { burst: 5 } }, { 'cpu.max.burst': '5' }],
  [
    'swap is counted from the limit there is',
    { memory: { swap: 1500 } },
    { 'memory.swap.max': '500', 'memory.max': '1000' },
  ],
  ['a memory limit leaves swap as it is', { memory: { limit: 2000 } }, { 'memory.max': '2000' }],
  ['nothing changes nothing', {}, {}],
])('%s', (_title, resources, files) => {
  expect(updated(resources)).toEqual(files);
});

test('a limit below what is in use is refused when that is asked for', () => {
  expect(() => updated({ memory: { limit: 600, checkBeforeUpdate: true } })).toThrow(
    'linux.resources.memory.limit: expected more than the 600 bytes in use, found 600',
  );
  expect(updated({ memory: { limit: 601, checkBeforeUpdate: true } })).toEqual({ 'memory.max': '601' });
});

test('a limit whose controller the cgroup does not have is named', () => {
  const fake = new FakeSys();
  fake.files.set('/c/cgroup.controllers', 'cpu memory\n');
  expect(() => updateResources(fake.sys, { v2: '/c' }, { pids: { limit: 5 } })).toThrow(
    'cgroup: write "5" to /c/pids.max: expected the controller "pids" there, found cpu memory',
  );
});

test('a container without a cgroup takes no limits', () => {
  const { sys } = new FakeSys();
  expect(() => updateResources(sys, {}, { pids: { limit: 5 } })).toThrow('expected the controller "pids"');
  updateResources(sys, {}, {});
});
