// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../../init/contract/resources.ts';
import { pairedLimits, updatedPairs, withPairs } from '../../../../init/runtime/paired-limits.ts';

const known = pairedLimits({
  memory: { limit: 100, swap: 300, reservation: 50 },
  cpu: { quota: 20_000, period: 50_000, shares: 7 },
  pids: { limit: 3 },
});

describe('an update', () => {
  test.each<[string, Resources, Resources]>([
    ['of something else stays as it is', { pids: { limit: 9 } }, { pids: { limit: 9 } }],
    ['of shares names no quota', { cpu: { shares: 9 } }, { cpu: { shares: 9 } }],
    ['of the quota keeps the period', { cpu: { quota: 9000 } }, { cpu: { quota: 9000, period: 50_000 } }],
    ['of the period keeps the quota', { cpu: { period: 9000 } }, { cpu: { quota: 20_000, period: 9000 } }],
    ['of memory keeps swap', { memory: { limit: 200 } }, { memory: { limit: 200, swap: 300 } }],
    ['of swap keeps memory', { memory: { swap: 200 } }, { memory: { limit: 100, swap: 200 } }],
    ['that frees memory frees swap', { memory: { limit: -1n } }, { memory: { limit: -1n } }],
    ['that frees memory may limit swap', { memory: { limit: -1, swap: 5 } }, { memory: { limit: -1, swap: 5 } }],
  ])('%s', (_what, update, expected) => {
    expect(withPairs(update, known)).toEqual(expected);
  });

  test('is what the next one starts from', () => {
    const after = updatedPairs(known, { cpu: { quota: 9000 }, memory: { limit: 200 } });
    expect(after).toEqual({ memory: { limit: 200, swap: 300 }, cpu: { quota: 9000, period: 50_000 } });
    expect(updatedPairs(known, { memory: { limit: -1 } }).memory).toEqual({ limit: -1 });
    expect(updatedPairs({}, {})).toEqual({ memory: {}, cpu: {} });
  });
});
