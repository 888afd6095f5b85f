// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { withoutCgroup } from '../../../../../init/container/cgroup/without.ts';
import type { Resources } from '../../../../../init/contract/resources.ts';

function warningsOf(resources: Resources | undefined): readonly string[] {
  const warnings: string[] = [];
  expect(withoutCgroup(resources, (text) => warnings.push(text))).toEqual({ place: {} });
  return warnings;
}

describe('a container that is to have no cgroup', () => {
  test('starts when it asks for no limits', () => {
    expect(warningsOf(undefined)).toEqual([]);
    expect(warningsOf({ memory: {}, devices: [{ allow: true }] })).toEqual([]);
  });

  test.each([
    [{ pids: { limit: 5 } }, 'pids.max'],
    [{ memory: { limit: 1 } }, 'memory.max'],
    [{ unified: { 'cpu.weight': '7' } }, 'cpu.weight'],
  ])('is refused with limits: %j', (resources, file) => {
    expect(() => warningsOf(resources)).toThrow(
      `linux.resources: limits (${file}) need a cgroup, and the container is to have none`,
    );
  });

  test('starts without the restrictions of its device rules, and a warning says so', () => {
    expect(warningsOf({ devices: [{ allow: false, access: 'rwm' }] })).toEqual([
      'linux.resources.devices has no effect: the container is to have no cgroup',
    ]);
  });
});
