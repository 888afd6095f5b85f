// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseAffinity, withInitialAffinity } from '../../../../init/container/cpu-affinity.ts';
import type { Sys } from '../../../../init/sys.ts';

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

test('the runtime clones on the initial CPUs and goes back, also when it fails', () => {
  const calls: unknown[] = [];
  const sys = {
    schedGetaffinity: () => mask(3),
    schedSetaffinity: (pid: number, cpus: Uint8Array) => calls.push([pid, cpus]),
  } as unknown as Sys;
  const clone = (): never => {
    calls.push('clone');
    throw new Error('no more processes');
  };
  expect(() => withInitialAffinity(sys, { initial: mask(1), final: undefined }, clone)).toThrow('no more processes');
  expect(calls).toEqual([[0, mask(1)], 'clone', [0, mask(3)]]);
});
