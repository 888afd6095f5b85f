// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources (config-linux.md, Control groups; written for cgroup v1) as files of cgroup v2 and what is written to them
// (Documentation/admin-guide/cgroup-v2.rst).

import type { Integer, Resources } from '../../contract.ts';

export interface CgroupValue {
  /** File in the cgroup's folder; its name up to the first dot is the controller. */
  readonly file: string;
  readonly value: string;
}

/** What is to be written, in this order. Throws when values contradict each other, naming the keys. */
export function cgroupValues(resources: Resources): readonly CgroupValue[] {
  return [
    ...memoryValues(resources.memory),
    ...cpuValues(resources.cpu),
    ...pidsValues(resources.pids),
    ...unifiedValues(resources.unified),
  ];
}

/** Controllers that the values need ("memory"); "cgroup" files belong to every cgroup and need none. */
export function controllersOf(values: readonly CgroupValue[]): readonly string[] {
  const names = values.map(({ file }) => file.slice(0, file.indexOf('.')));
  return [...new Set(names)].filter((name) => name !== 'cgroup');
}

function memoryValues(memory: Resources['memory']): CgroupValue[] {
  if (memory === undefined) return [];
  const values: CgroupValue[] = [];
  const swap = swapOnly(memory.swap, memory.limit);
  if (swap !== undefined) values.push({ file: 'memory.swap.max', value: limitOrMax(swap) });
  if (memory.limit !== undefined && BigInt(memory.limit) !== 0n)
    values.push({ file: 'memory.max', value: limitOrMax(memory.limit) });
  if (memory.reservation !== undefined && BigInt(memory.reservation) !== 0n)
    values.push({ file: 'memory.low', value: limitOrMax(memory.reservation) });
  return values;
}

/**
 * The specification counts memory and swap together (v1's memsw), v2 counts swap alone. 0 stands for "not set", and without
 * any memory limit there is no swap limit either.
 */
function swapOnly(swap: Integer | undefined, limit: Integer | undefined): bigint | undefined {
  const both = BigInt(swap ?? 0);
  const memory = BigInt(limit ?? 0);
  if (both === 0n) return memory === -1n ? -1n : undefined;
  if (both === -1n) return -1n;
  if (memory <= 0n) throw new Error(`linux.resources.memory.swap: ${both} needs a memory.limit to be counted from`);
  if (both < memory)
    throw new Error(
      `linux.resources.memory.swap: expected at least memory.limit (${memory}), because it counts both; found ${both}`,
    );
  return both - memory;
}

function limitOrMax(value: Integer): string {
  return BigInt(value) < 0n ? 'max' : String(value);
}

const defaultPeriod = 100_000;

function cpuValues(cpu: Resources['cpu']): CgroupValue[] {
  if (cpu === undefined) return [];
  const values: CgroupValue[] = [];
  if (cpu.shares !== undefined && cpu.shares !== 0)
    values.push({ file: 'cpu.weight', value: String(weightOfShares(cpu.shares)) });
  if ((cpu.quota ?? 0) !== 0 || (cpu.period ?? 0) !== 0)
    values.push({ file: 'cpu.max', value: `${quotaOrMax(cpu.quota)} ${cpu.period || defaultPeriod}` });
  // After cpu.max: a burst may not exceed the quota.
  if (cpu.burst !== undefined) values.push({ file: 'cpu.max.burst', value: String(cpu.burst) });
  // After cpu.weight, which an idle cgroup refuses.
  if (cpu.idle !== undefined) values.push({ file: 'cpu.idle', value: String(cpu.idle) });
  if (cpu.cpus !== undefined && cpu.cpus !== '') values.push({ file: 'cpuset.cpus', value: cpu.cpus });
  if (cpu.mems !== undefined && cpu.mems !== '') values.push({ file: 'cpuset.mems', value: cpu.mems });
  return values;
}

function quotaOrMax(quota: number | undefined): string {
  return quota !== undefined && quota > 0 ? String(quota) : 'max';
}

/**
 * cpu.shares (2..262144, default 1024) as cpu.weight (1..10000, default 100): the curve through both ends and both defaults
 * that current runtimes agree on. The straight line that older ones used gave 1024 shares a weight of 39.
 */
export function weightOfShares(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const magnitude = Math.log2(shares);
  return Math.ceil(10 ** ((magnitude * magnitude + 125 * magnitude) / 612 - 7 / 34));
}

function pidsValues(pids: Resources['pids']): CgroupValue[] {
  if (pids === undefined) return [];
  if (pids.limit < 0) return [{ file: 'pids.max', value: 'max' }];
  // 0 and 1 mean the same to a container, no second task; but nothing can be cloned into a cgroup with 0.
  return [{ file: 'pids.max', value: String(Math.max(pids.limit, 1)) }];
}

function unifiedValues(unified: Resources['unified'] = {}): CgroupValue[] {
  return Object.entries(unified).map(([file, value]) => {
    if (file.includes('/') || !file.includes('.') || file.startsWith('.'))
      throw new Error(
        `linux.resources.unified: expected the name of a cgroup file like "memory.high", found "${file}"`,
      );
    return { file, value };
  });
}
