// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources (config-linux.md, Control groups; written for cgroup v1) as files of cgroup v2 and what is written to them
// (Documentation/admin-guide/cgroup-v2.rst). Devices are not among them: see device-program.ts.

import type { Integer } from '../../contract/integer.ts';
import type { BlockIo, Resources, ThrottledDevice } from '../../contract/resources.ts';
import type { CgroupLimit } from './limit.ts';
import { hugetlbLimits, pidsLimit, rdmaLimits } from './shared-limits.ts';

/** What is to be written, in this order. Throws when values contradict each other, naming the keys. */
export function v2Limits(resources: Resources): readonly CgroupLimit[] {
  return [
    ...memoryLimits(resources.memory),
    ...blockLimits(resources.blockIO),
    ...cpuLimits(resources.cpu),
    ...pidsLimit(2, resources.pids),
    ...hugetlbLimits(2, resources.hugepageLimits),
    ...rdmaLimits(2, resources.rdma),
  ];
}

/**
 * Files of v2 by name; they come after the others, whose files they may name as well. A file like io.max takes a line for each
 * device, and one with every write.
 */
export function unifiedLimits(unified: Resources['unified'] = {}): readonly CgroupLimit[] {
  return Object.entries(unified).flatMap(([file, value]) => {
    if (file.includes('/') || !file.includes('.') || file.startsWith('.'))
      throw new Error(
        `linux.resources.unified: expected the name of a cgroup file like "memory.high", found "${file}"`,
      );
    return value
      .trimEnd()
      .split('\n')
      .map((line) => limit(file, line));
  });
}

/** The controller is the file's name up to its first dot. */
function limit(file: string, value: Integer | string, more: Partial<CgroupLimit> = {}): CgroupLimit {
  return { version: 2, controller: file.slice(0, file.indexOf('.')), file, value: String(value), ...more };
}

function memoryLimits(memory: Resources['memory'] = {}): readonly CgroupLimit[] {
  const limits: CgroupLimit[] = [];
  const swap = swapOnly(memory.swap, memory.limit);
  if (swap !== undefined) {
    // A kernel without swap has no file for it: nothing is unlimited or forbidden there that was not before.
    limits.push(limit('memory.swap.max', limitOrMax(swap), { optional: swap <= 0n }));
  }
  if (isSet(memory.limit)) limits.push(limit('memory.max', limitOrMax(memory.limit)));
  if (isSet(memory.reservation)) limits.push(limit('memory.low', limitOrMax(memory.reservation)));
  return limits;
}

/** 0 stands for "not set". */
function isSet(value: Integer | undefined): value is Integer {
  return value !== undefined && BigInt(value) !== 0n;
}

/**
 * The specification counts memory and swap together (v1's memsw), v2 counts swap alone. Without any memory limit there is no
 * swap limit either, unless one is asked for, which then is of swap alone.
 */
function swapOnly(swap: Integer | undefined, limit: Integer | undefined): bigint | undefined {
  const both = BigInt(swap ?? 0);
  const memory = BigInt(limit ?? 0);
  if (both === 0n) return memory === -1n ? -1n : undefined;
  if (both === -1n || memory === -1n) return both;
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

function cpuLimits(cpu: Resources['cpu'] = {}): readonly CgroupLimit[] {
  const limits: CgroupLimit[] = [];
  // An idle cgroup refuses a weight: it stops to be one before, and becomes one after.
  const idle = cpu.idle === undefined ? [] : [limit('cpu.idle', cpu.idle)];
  if (cpu.idle === 0) limits.push(...idle);
  if (isSet(cpu.shares)) limits.push(limit('cpu.weight', weightOfShares(cpu.shares)));
  // A burst may not exceed the quota: of two new values either may have to be the first.
  if (isSet(cpu.quota) || isSet(cpu.period))
    limits.push(limit('cpu.max', `${quotaOrMax(cpu.quota)} ${cpu.period || defaultPeriod}`, { dependent: true }));
  if (cpu.burst !== undefined) limits.push(limit('cpu.max.burst', cpu.burst, { dependent: true }));
  if (cpu.idle !== 0) limits.push(...idle);
  if (cpu.cpus !== undefined && cpu.cpus !== '') limits.push(limit('cpuset.cpus', cpu.cpus));
  if (cpu.mems !== undefined && cpu.mems !== '') limits.push(limit('cpuset.mems', cpu.mems));
  return limits;
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

function blockLimits(blockIo: BlockIo = {}): readonly CgroupLimit[] {
  const { weight, weightDevice = [] } = blockIo;
  return [
    ...(isSet(weight) ? [weightLimit('', weight)] : []),
    ...weightDevice.flatMap(({ major, minor, weight: own }) =>
      isSet(own) ? [weightLimit(`${major}:${minor} `, own)] : [],
    ),
    ...throttles('rbps', blockIo.throttleReadBpsDevice),
    ...throttles('wbps', blockIo.throttleWriteBpsDevice),
    ...throttles('riops', blockIo.throttleReadIOPSDevice),
    ...throttles('wiops', blockIo.throttleWriteIOPSDevice),
  ];
}

/** The BFQ scheduler takes the specification's weights as they are, the kernel's own file a scale of its own. */
function weightLimit(device: string, weight: number): CgroupLimit {
  const otherwise = { file: 'io.weight', value: `${device}${weightOfBlockIo(weight)}` };
  return limit('io.bfq.weight', `${device}${weight}`, { otherwise });
}

/** blockIO.weight (10..1000) as io.weight (1..10000). */
export function weightOfBlockIo(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/** A rate of 0, which v1 takes for none, would be refused. */
function throttles(key: string, devices: readonly ThrottledDevice[] = []): readonly CgroupLimit[] {
  return devices.map(({ major, minor, rate }) =>
    limit('io.max', `${major}:${minor} ${key}=${isSet(rate) ? rate : 'max'}`),
  );
}
