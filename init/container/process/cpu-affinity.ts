// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// process.execCPUAffinity (config.md): the CPUs of a process that exec runs.

import type { Process } from '../../contract/runtime-config.ts';
import type { Sys } from '../../sys.ts';
import { parseNumberList } from './number-list.ts';
import type { Spawned } from '../spawn.ts';
import { step } from '../step.ts';

/** Masks for sched_setaffinity(2). */
export interface CpuAffinity {
  /** Until the process is in the container's cgroup. */
  readonly initial: Uint8Array | undefined;
  /** From then on; without it the kernel decides. */
  readonly final: Uint8Array | undefined;
}

/** All CPUs that there could be; the kernel leaves out those that are not there or not in the cgroup. */
export const everyCpu: Uint8Array = new Uint8Array(1024).fill(0xff);

/** Throws when one of the lists is none. */
export function parseAffinity(affinity: Process['execCPUAffinity']): CpuAffinity | undefined {
  const parse = (key: 'initial' | 'final'): Uint8Array | undefined => {
    const list = affinity?.[key];
    if (list === undefined || list === '') return undefined;
    return step(`process.execCPUAffinity.${key}`, () => parseNumberList(list));
  };
  return affinity === undefined ? undefined : { initial: parse('initial'), final: parse('final') };
}

/** Clones the process on the CPUs that it is to inherit, and goes back; the clone, which comes out of `clone` too, does not. */
export function withInitialAffinity(sys: Sys, affinity: CpuAffinity | undefined, clone: () => Spawned): Spawned {
  const initial = affinity?.initial;
  if (initial === undefined) return clone();
  const before = sys.schedGetaffinity(0);
  step('process.execCPUAffinity.initial: set', () => sys.schedSetaffinity(0, initial));
  try {
    const spawned = clone();
    if (spawned.pid !== 0) sys.schedSetaffinity(0, before);
    return spawned;
  } catch (error) {
    sys.schedSetaffinity(0, before);
    throw error;
  }
}
