// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources (config-linux.md, Control groups) as files of cgroup v1 and what is written to them
// (Documentation/admin-guide/cgroup-v1). Devices are not among them: see device-list.ts.

import type { Integer } from '../../contract/integer.ts';
import type { BlockIo, Resources, ThrottledDevice } from '../../contract/resources.ts';
import type { CgroupLimit } from './limit.ts';
import { hugetlbLimits, pidsLimit, rdmaLimits } from './shared-limits.ts';

/** What is to be written, in this order. Throws on values that a kernel would take and change, naming the key. */
export function v1Limits(resources: Resources): readonly CgroupLimit[] {
  return [
    ...cpusetLimits(resources.cpu),
    ...memoryLimits(resources.memory),
    ...cpuLimits(resources.cpu),
    ...pidsLimit(1, resources.pids),
    ...blockLimits(resources.blockIO),
    ...hugetlbLimits(1, resources.hugepageLimits),
    ...networkLimits(resources.network),
    ...rdmaLimits(1, resources.rdma),
  ];
}

/** The controller is the file's name up to its first dot. */
function limit(file: string, value: Integer | string, more: Partial<CgroupLimit> = {}): CgroupLimit {
  return { version: 1, controller: file.slice(0, file.indexOf('.')), file, value: String(value), ...more };
}

/** 0 stands for "not set". */
function isSet(value: Integer | undefined): value is Integer {
  return value !== undefined && BigInt(value) !== 0n;
}

function cpusetLimits({ cpus = '', mems = '' }: NonNullable<Resources['cpu']> = {}): readonly CgroupLimit[] {
  return [...(cpus === '' ? [] : [limit('cpuset.cpus', cpus)]), ...(mems === '' ? [] : [limit('cpuset.mems', mems)])];
}

/**
 * memory.memsw.limit_in_bytes is of memory and swap together and may never be less than memory.limit_in_bytes: of two new
 * values the memory limit is the first when it is lower than before, the second when it is higher.
 */
function memoryLimits(memory: Resources['memory'] = {}): readonly CgroupLimit[] {
  const limits: CgroupLimit[] = [];
  if (isSet(memory.limit)) limits.push(limit('memory.limit_in_bytes', memory.limit, { dependent: true }));
  if (isSet(memory.swap)) limits.push(limit('memory.memsw.limit_in_bytes', memory.swap));
  // No limit on memory is none on swap either; a kernel without swap accounting has no file for it.
  else if (isSet(memory.limit) && BigInt(memory.limit) === -1n)
    limits.push(limit('memory.memsw.limit_in_bytes', -1, { optional: true }));
  if (isSet(memory.reservation)) limits.push(limit('memory.soft_limit_in_bytes', memory.reservation));
  if (isSet(memory.kernelTCP))
    limits.push(limit('memory.kmem.tcp.limit_in_bytes', memory.kernelTCP, { optional: true }));
  if (memory.disableOOMKiller === true) limits.push(limit('memory.oom_control', 1));
  return [...limits, ...swappinessLimit(memory.swappiness)];
}

function swappinessLimit(swappiness: Integer | undefined): readonly CgroupLimit[] {
  // What a 64-bit -1 reads as without its sign also is what callers mean by "not set".
  if (swappiness === undefined || BigInt.asIntN(64, BigInt(swappiness)) === -1n) return [];
  if (swappiness < 0 || swappiness > 100)
    throw new Error(`linux.resources.memory.swappiness: expected 0 to 100, found ${swappiness}`);
  return [limit('memory.swappiness', swappiness)];
}

function cpuLimits(cpu: Resources['cpu'] = {}): readonly CgroupLimit[] {
  const limits: CgroupLimit[] = [];
  const idle = cpu.idle === undefined ? [] : [limit('cpu.idle', cpu.idle)];
  // An idle cgroup refuses shares: it stops to be one before, and becomes one after.
  if (cpu.idle === 0) limits.push(...idle);
  if (isSet(cpu.shares)) limits.push(limit('cpu.shares', checkShares(cpu.shares)));
  // Of two new values either may have to be the first: a quota's share of its period is bounded by the parent's, and a burst
  // by the quota.
  const dependent = { dependent: true };
  if (isSet(cpu.period)) limits.push(limit('cpu.cfs_period_us', cpu.period, dependent));
  if (isSet(cpu.quota)) limits.push(limit('cpu.cfs_quota_us', cpu.quota, dependent));
  if (cpu.burst !== undefined) limits.push(limit('cpu.cfs_burst_us', cpu.burst, { ...dependent, optional: true }));
  if (isSet(cpu.realtimePeriod)) limits.push(limit('cpu.rt_period_us', cpu.realtimePeriod, dependent));
  if (isSet(cpu.realtimeRuntime)) limits.push(limit('cpu.rt_runtime_us', cpu.realtimeRuntime, dependent));
  if (cpu.idle !== 0) limits.push(...idle);
  return limits;
}

/** The kernel would take another value for the nearest that it has. */
function checkShares(shares: number): number {
  if (shares < 2 || shares > 262_144)
    throw new Error(`linux.resources.cpu.shares: expected 2 to 262144, found ${shares}`);
  return shares;
}

function blockLimits(blockIo: BlockIo = {}): readonly CgroupLimit[] {
  const { weight, leafWeight, weightDevice = [] } = blockIo;
  return [
    ...(isSet(weight) ? [weightLimit('blkio.weight', 'blkio.bfq.weight', weight)] : []),
    ...(isSet(leafWeight) ? [limit('blkio.leaf_weight', leafWeight)] : []),
    ...weightDevice.flatMap(({ major, minor, weight: own, leafWeight: leaf }) => [
      ...(isSet(own)
        ? [weightLimit('blkio.weight_device', 'blkio.bfq.weight_device', `${major}:${minor} ${own}`)]
        : []),
      ...(isSet(leaf) ? [limit('blkio.leaf_weight_device', `${major}:${minor} ${leaf}`)] : []),
    ]),
    ...throttles('read_bps', blockIo.throttleReadBpsDevice),
    ...throttles('write_bps', blockIo.throttleWriteBpsDevice),
    ...throttles('read_iops', blockIo.throttleReadIOPSDevice),
    ...throttles('write_iops', blockIo.throttleWriteIOPSDevice),
  ];
}

/** The CFQ scheduler's file, on kernels that still have it (before 5.0), else BFQ's. */
function weightLimit(file: string, otherwise: string, value: number | string): CgroupLimit {
  return limit(file, value, { otherwise: { file: otherwise, value: String(value) } });
}

function throttles(key: string, devices: readonly ThrottledDevice[] = []): readonly CgroupLimit[] {
  return devices.map(({ major, minor, rate }) => limit(`blkio.throttle.${key}_device`, `${major}:${minor} ${rate}`));
}

function networkLimits({ classID, priorities = [] }: NonNullable<Resources['network']> = {}): readonly CgroupLimit[] {
  return [
    ...(isSet(classID) ? [limit('net_cls.classid', classID)] : []),
    ...priorities.map(({ name, priority }) => limit('net_prio.ifpriomap', `${name} ${priority}`)),
  ];
}
