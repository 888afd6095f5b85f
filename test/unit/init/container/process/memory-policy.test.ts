// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { applyMemoryPolicy, parseMemoryPolicy } from '../../../../../init/container/process/memory-policy.ts';
import type { Sys } from '../../../../../init/sys.ts';

test('mode and flags are one number, nodes are bits', () => {
  expect(parseMemoryPolicy(undefined)).toBeUndefined();
  expect(parseMemoryPolicy({ mode: 'MPOL_BIND', nodes: '0-1', flags: ['MPOL_F_STATIC_NODES'] })).toEqual({
    mode: 0x8002,
    nodes: new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0]),
  });
  expect(parseMemoryPolicy({ mode: 'MPOL_DEFAULT' })).toEqual({ mode: 0, nodes: new Uint8Array() });
});

test('the kernel is told of one bit more than it is to read', () => {
  const calls: unknown[] = [];
  const sys = { setMempolicy: (...call: unknown[]) => calls.push(call) } as unknown as Sys;
  applyMemoryPolicy(sys, { mode: 2, nodes: new Uint8Array(8) });
  applyMemoryPolicy(sys, { mode: 0, nodes: new Uint8Array() });
  expect(calls).toEqual([
    [2, new Uint8Array(8), 65],
    [0, new Uint8Array(), 1],
  ]);
});

test.each([
  [{}, 'invalid memory policy mode ""'],
  [{ mode: 'INTERLEAVE' }, 'invalid memory policy mode "INTERLEAVE": expected one of MPOL_DEFAULT'],
  [{ mode: 'MPOL_LOCAL', flags: ['X'] }, 'invalid memory policy flag "X": expected one of MPOL_F_NUMA_BALANCING'],
  [{ mode: 'MPOL_DEFAULT', nodes: '0-7' }, 'this mode requires 0 nodes but got 8'],
  [{ mode: 'MPOL_BIND' }, 'this mode requires at least one node but got 0'],
  [{ mode: 'MPOL_BIND', nodes: 'x' }, 'invalid memory policy nodes: expected numbers and ranges'],
])('%o is refused', (policy, message) => {
  expect(() => parseMemoryPolicy(policy)).toThrow(message);
});
