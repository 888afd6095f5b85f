// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { resourcesFromOptions } from '../../../../init/runtime/update.ts';

test('options become the resources that they name, and nothing else', () => {
  expect(resourcesFromOptions({})).toEqual({});
  expect(
    resourcesFromOptions({
      memory: '512m',
      'memory-swap': '-1',
      'cpu-share': 512,
      'cpu-quota': -1,
      'cpuset-cpus': '0-1',
      'pids-limit': 0,
      'blkio-weight': 100,
    }),
  ).toEqual({
    memory: { limit: 536_870_912n, swap: -1n },
    cpu: { shares: 512, quota: -1, cpus: '0-1' },
    pids: { limit: 0 },
    blockIO: { weight: 100 },
  });
});

test('a size that is none is wrong usage', () => {
  expect(() => resourcesFromOptions({ memory: 'much' })).toThrow(
    'expected a size ("512m") or -1 after "--memory", found "much"',
  );
});
