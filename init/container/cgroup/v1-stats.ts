// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a cgroup uses, from the files of v1 (Documentation/admin-guide/cgroup-v1).

import type { Integer } from '../../contract/integer.ts';
import type { Sys } from '../../sys.ts';
import type {
  BlockIoEntry,
  BlockIoStats,
  CpusetStats,
  CpuStats,
  HugetlbStats,
  MemoryStats,
  MemoryUse,
  PidsStats,
} from './stats.ts';
import { fitting, readIfKept, readNumber, readTable, toInteger, unlimited } from './stats-file.ts';
import { hugePageSizes } from './tree.ts';

/** A tick of cpuacct.stat: USER_HZ is 100 on every architecture that is built. */
const nanosecondsOfTick = 10_000_000n;

/** Of the cpu and cpuacct controllers, as far as there are folders of them. */
export function v1Cpu(sys: Sys, cpu: string | undefined, cpuacct: string | undefined): CpuStats {
  const throttled = cpu === undefined ? {} : readTable(sys, `${cpu}/cpu.stat`);
  return {
    usage: cpuacct === undefined ? { total: 0, kernel: 0, user: 0 } : cpuUsage(sys, cpuacct),
    throttling: {
      periods: throttled['nr_periods'] ?? 0,
      throttledPeriods: throttled['nr_throttled'] ?? 0,
      throttledTime: throttled['throttled_time'] ?? 0,
    },
  };
}

function cpuUsage(sys: Sys, folder: string): CpuStats['usage'] {
  const ticks = readTable(sys, `${folder}/cpuacct.stat`);
  const nanoseconds = (key: string): Integer => fitting(BigInt(ticks[key] ?? 0) * nanosecondsOfTick);
  // After a heading, lines of processor, time in user mode and time in the kernel.
  const modes = (readIfKept(sys, `${folder}/cpuacct.usage_all`) ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.split(' '))
    .filter(({ length }) => length >= 3);
  const percpu = (readIfKept(sys, `${folder}/cpuacct.usage_percpu`) ?? '').split(/\s+/).filter((word) => word !== '');
  return {
    total: readNumber(sys, `${folder}/cpuacct.usage`),
    percpu: percpu.map(toInteger),
    percpu_kernel: modes.map(([, , kernel = '0']) => toInteger(kernel)),
    percpu_user: modes.map(([, user = '0']) => toInteger(user)),
    kernel: nanoseconds('system'),
    user: nanoseconds('user'),
  };
}

/** Of the cpuset controller. */
export function v1Cpuset(sys: Sys, folder: string): CpusetStats {
  const number = (name: string): Integer => readNumber(sys, `${folder}/cpuset.${name}`);
  return {
    cpus: parseList(readIfKept(sys, `${folder}/cpuset.cpus`) ?? ''),
    cpu_exclusive: number('cpu_exclusive'),
    mems: parseList(readIfKept(sys, `${folder}/cpuset.mems`) ?? ''),
    mem_hardwall: number('mem_hardwall'),
    mem_exclusive: number('mem_exclusive'),
    memory_migrate: number('memory_migrate'),
    memory_spread_page: number('memory_spread_page'),
    memory_spread_slab: number('memory_spread_slab'),
    memory_pressure: number('memory_pressure'),
    sched_load_balance: number('sched_load_balance'),
    sched_relax_domain_level: number('sched_relax_domain_level'),
  };
}

/** "0-2,7" as its numbers (cpuset(7), List format). */
export function parseList(text: string): readonly number[] {
  const ranges = text
    .trim()
    .split(',')
    .filter((range) => range !== '');
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Of the memory controller. */
export function v1Memory(sys: Sys, folder: string): MemoryStats {
  const raw = readTable(sys, `${folder}/memory.stat`);
  const use = (prefix: string): MemoryUse => memoryUse(sys, `${folder}/${prefix}`);
  return {
    cache: raw['cache'] ?? 0,
    usage: use('memory'),
    swap: use('memory.memsw'),
    kernel: use('memory.kmem'),
    kernelTCP: use('memory.kmem.tcp'),
    raw,
  };
}

function memoryUse(sys: Sys, prefix: string): MemoryUse {
  return {
    usage: readNumber(sys, `${prefix}.usage_in_bytes`),
    limit: readNumber(sys, `${prefix}.limit_in_bytes`),
    max: readNumber(sys, `${prefix}.max_usage_in_bytes`),
    failcnt: readNumber(sys, `${prefix}.failcnt`),
  };
}

/** Of the pids controller. */
export function v1Pids(sys: Sys, folder: string): PidsStats {
  const limit = readNumber(sys, `${folder}/pids.max`);
  return { current: readNumber(sys, `${folder}/pids.current`), limit: limit === unlimited ? 0 : limit };
}

/** Where the kernel keeps them, the best first: BFQ's debug files, BFQ, CFQ (before Linux 5.0), throttling. */
const blockFiles: readonly { readonly prefix: string; readonly marker: string }[] = [
  { prefix: 'blkio.bfq.', marker: 'blkio.bfq.sectors_recursive' },
  { prefix: 'blkio.bfq.', marker: 'blkio.bfq.io_serviced_recursive' },
  { prefix: 'blkio.', marker: 'blkio.sectors_recursive' },
  { prefix: 'blkio.throttle.', marker: 'blkio.throttle.io_serviced_recursive' },
];

const blockTables = {
  ioServiceBytesRecursive: 'io_service_bytes_recursive',
  ioServicedRecursive: 'io_serviced_recursive',
  ioQueueRecursive: 'io_queued_recursive',
  ioServiceTimeRecursive: 'io_service_time_recursive',
  ioWaitTimeRecursive: 'io_wait_time_recursive',
  ioMergedRecursive: 'io_merged_recursive',
  ioTimeRecursive: 'time_recursive',
  sectorsRecursive: 'sectors_recursive',
} as const;

/** The first group of files that has counted anything; a scheduler that no disk has counts nothing. */
export function v1BlockIo(sys: Sys, folder: string): BlockIoStats {
  for (const { prefix, marker } of blockFiles) {
    if (blockEntries(readIfKept(sys, `${folder}/${marker}`) ?? '').length === 0) continue;
    const tables = Object.entries(blockTables).flatMap(([table, file]) => {
      const text = readIfKept(sys, `${folder}/${prefix}${file}`);
      return text === undefined ? [] : [[table, blockEntries(text)] as const];
    });
    return Object.fromEntries(tables);
  }
  return {};
}

/** Lines are "8:0 Read 1282048", "8:0 6792" or "Total 3477504", of which the last repeats the others. */
function blockEntries(text: string): readonly BlockIoEntry[] {
  return text.split('\n').flatMap((line) => {
    const [, major, minor, op = '', value] = /^([0-9]+):([0-9]+)(?: ([A-Za-z]+))? ([0-9]+)$/.exec(line) ?? [];
    return value === undefined ? [] : [{ major: Number(major), minor: Number(minor), op, value: toInteger(value) }];
  });
}

/** Of the hugetlb controller, by page size. */
export function v1Hugetlb(sys: Sys, folder: string): Readonly<Record<string, HugetlbStats>> {
  const entries = hugePageSizes(sys, folder, 'usage_in_bytes').map((size) => {
    const reserved = `${folder}/hugetlb.${size}.rsvd`;
    const isReserved = readIfKept(sys, `${reserved}.usage_in_bytes`) !== undefined;
    const prefix = isReserved ? reserved : `${folder}/hugetlb.${size}`;
    return [
      size,
      {
        usage: readNumber(sys, `${prefix}.usage_in_bytes`),
        max: readNumber(sys, `${prefix}.max_usage_in_bytes`),
        failcnt: readNumber(sys, `${prefix}.failcnt`),
      },
    ] as const;
  });
  return Object.fromEntries(entries);
}
