// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseResourceLimits } from '../../../../../init/container/process/rlimits.ts';

describe('resource limits', () => {
  test('values are unsigned numbers of 64 bits, and -1 is unlimited', () => {
    const [limit] = parseResourceLimits([{ type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 }]);
    expect(limit).toEqual({ name: 'RLIMIT_NOFILE', resource: 7, soft: 1024n, hard: 0xffff_ffff_ffff_ffffn });
  });

  test("the first and the last have the kernel's numbers", () => {
    const limits = parseResourceLimits(['RLIMIT_CPU', 'RLIMIT_RTTIME'].map((type) => ({ type, soft: 1, hard: 1n })));
    expect(limits.map(({ resource }) => resource)).toEqual([0, 15]);
  });

  test('an unknown or repeated one is named', () => {
    expect(() => parseResourceLimits([{ type: 'NOFILE', soft: 1, hard: 1 }])).toThrow('"NOFILE" is no resource limit');
    const twice = { type: 'RLIMIT_CPU', soft: 1, hard: 1 };
    expect(() => parseResourceLimits([twice, twice])).toThrow('RLIMIT_CPU is listed twice');
  });
});
