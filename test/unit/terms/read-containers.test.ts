// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { type Bytes, bytesOf } from '../../../src/file-tree.ts';
import { readContainers } from '../../../src/terms/read-containers.ts';

function namesWithPlan(plan: unknown): readonly string[] {
  const path = bytesOf('etc/tskit/boot.json');
  const text = (asked: Bytes): string | undefined => (asked === path ? JSON.stringify(plan) : undefined);
  return readContainers({ paths: () => [path].values(), text, link: () => undefined }).map(({ name }) => name);
}

test.each([
  [null],
  [[]],
  ['plan'],
  [{ services: 1, volumes: {} }],
  [{ services: [null, 1, 'a', {}, { name: 'x' }, { bundle: '/b' }, { name: 1, bundle: '/b' }] }],
  [{ volumes: [null, {}, { name: 'v' }, { name: 'v', folder: '/v' }, { name: 'v', folder: '/v', mounts: 1 }] }],
])("a boot plan of a stranger's with entries that are none is read without them: %j", (plan) => {
  expect(namesWithPlan(plan)).toEqual([]);
});

test('entries beside them are read', () => {
  const plan = { services: [{}, { name: 'web', bundle: '/containers/services/web' }], volumes: [{}] };
  expect(namesWithPlan(plan)).toEqual(['web']);
});
