// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseAffinity, withInitialAffinity } from '../../../../../init/container/process/cpu-affinity.ts';
import type { Sys } from '../../../../../init/sys.ts';

const mask = (...bytes: readonly number[]): Uint8Array => new Uint8Array([...bytes, 0, 0, 0, 0, 0, 0, 0]);

test('empty lists change nothing', () => {
  expect(parseAffinity(undefined)).toBeUndefined();
  expect(parseAffinity({ initial: '', final: '1' })).toEqual({ initial: undefined, final: mask(2) });
});

test('a list that is none is named', () => {
  expect(() => parseAffinity({ initial: 'all' })).toThrow(
    'process.execCPUAffinity.initial: expected numbers and ranges',
  );
});

/** The affinities that the process of the runtime, or its clone, is given, in order. */
function affinities(clone: () => { readonly pid: number; readonly pidfd: number }): readonly unknown[] {
  const calls: unknown[] = [];
  const sys = {
    schedGetaffinity: () => mask(3),
    schedSetaffinity: (pid: number, cpus: Uint8Array) => calls.push([pid, cpus]),
  } as unknown as Sys;
  const affinity = { initial: mask(1), final: undefined };
  try {
    withInitialAffinity(sys, affinity, () => {
      calls.push('clone');
      return clone();
    });
  } catch (error) {
    calls.push(String(error));
  }
  return calls;
}

test('the runtime clones on the initial CPUs and goes back, also when that fails', () => {
  const there = [[0, mask(1)], 'clone', [0, mask(3)]];
  expect(affinities(() => ({ pid: 7, pidfd: 3 }))).toEqual(there);
  const fail = (): never => {
    throw new Error('no more processes');
  };
  expect(affinities(fail)).toEqual([...there, 'Error: no more processes']);
});

test('the clone stays on them', () => {
  expect(affinities(() => ({ pid: 0, pidfd: -1 }))).toEqual([[0, mask(1)], 'clone']);
});
