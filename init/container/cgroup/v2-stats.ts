// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a cgroup uses, from the files of v2 (Documentation/admin-guide/cgroup-v2.rst).

import type { Integer } from '../../contract/integer.ts';
import type { Sys } from '../../sys.ts';
import type { BlockIoEntry, BlockIoStats, CpuStats, HugetlbStats, MemoryStats, MemoryUse, PidsStats } from './stats.ts';
import { fitting, readIfKept, readNumber, readTable, toInteger, unlimited } from './stats-file.ts';
import { hugePageSizes } from './tree.ts';

/** Of cpu.stat. */
export function v2Cpu(sys: Sys, folder: string): CpuStats {
  const table = readTable(sys, `${folder}/cpu.stat`);
  const nanoseconds = (key: string): Integer => fitting(BigInt(table[key] ?? 0) * 1000n);
  return {
    usage: { total: nanoseconds('usage_usec'), kernel: nanoseconds('system_usec'), user: nanoseconds('user_usec') },
    throttling: {
      periods: table['nr_periods'] ?? 0,
      throttledPeriods: table['nr_throttled'] ?? 0,
      throttledTime: nanoseconds('throttled_usec'),
    },
  };
}

/** Of memory.stat and its neighbours. */
export function v2Memory(sys: Sys, folder: string): MemoryStats {
  const raw = readTable(sys, `${folder}/memory.stat`);
  const usage = memoryUse(sys, folder, 'memory', readTable(sys, `${folder}/memory.events`)['max'] ?? 0);
  const swap = memoryUse(sys, folder, 'memory.swap', 0);
  const none = { limit: 0, usage: 0, max: 0, failcnt: 0 };
  // Memory and swap together, as v1 counts them. How much of both there was at most cannot be told.
  const both = {
    usage: fitting(BigInt(swap.usage) + BigInt(usage.usage)),
    limit: swap.limit === unlimited || usage.limit === unlimited ? unlimited : sum(swap.limit, usage.limit),
    max: 0,
    failcnt: 0,
  };
  return { cache: raw['file'] ?? 0, usage, swap: both, kernel: none, kernelTCP: none, raw };
}

function sum(a: Integer, b: Integer): Integer {
  return fitting(BigInt(a) + BigInt(b));
}

function memoryUse(sys: Sys, folder: string, prefix: string, failcnt: Integer): MemoryUse {
  return {
    usage: readNumber(sys, `${folder}/${prefix}.current`),
    limit: readNumber(sys, `${folder}/${prefix}.max`),
    max: readNumber(sys, `${folder}/${prefix}.peak`),
    failcnt,
  };
}

/** Without the controller the processes are counted, in a threaded cgroup the threads. */
export function v2Pids(sys: Sys, folder: string): PidsStats {
  const current = readIfKept(sys, `${folder}/pids.current`);
  if (current !== undefined) {
    const limit = readNumber(sys, `${folder}/pids.max`);
    return { current: toInteger(current.trim()), limit: limit === unlimited ? 0 : limit };
  }
  const list = readIfKept(sys, `${folder}/cgroup.procs`) ?? readIfKept(sys, `${folder}/cgroup.threads`) ?? '';
  return { current: list.split('\n').length - 1, limit: 0 };
}

/** Keys of io.stat as v1's tables and operations. */
const blockTables = {
  rbytes: ['ioServiceBytesRecursive', 'Read'],
  wbytes: ['ioServiceBytesRecursive', 'Write'],
  rios: ['ioServicedRecursive', 'Read'],
  wios: ['ioServicedRecursive', 'Write'],
} as const;

/** Lines of io.stat are "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0". */
export function v2BlockIo(sys: Sys, folder: string): BlockIoStats {
  const tables: Record<string, BlockIoEntry[]> = {};
  for (const line of (readIfKept(sys, `${folder}/io.stat`) ?? '').split('\n')) {
    const [device = '', ...items] = line.split(' ');
    const [major, minor] = device.split(':').map(Number);
    if (major === undefined || minor === undefined) continue;
    for (const item of items) {
      const [key = '', value = ''] = item.split('=');
      const target = key in blockTables ? blockTables[key as keyof typeof blockTables] : undefined;
      if (target === undefined) continue;
      const [table, op] = target;
      (tables[table] ??= []).push({ major, minor, op, value: toInteger(value) });
    }
  }
  return tables;
}

/** Of the hugetlb files, by page size. */
export function v2Hugetlb(sys: Sys, folder: string): Readonly<Record<string, HugetlbStats>> {
  const entries = hugePageSizes(sys, folder, 'current').map((size) => {
    const prefix = `${folder}/hugetlb.${size}`;
    const usage = readNumber(sys, `${prefix}.rsvd.current`) || readNumber(sys, `${prefix}.current`);
    return [size, { usage, max: 0, failcnt: readTable(sys, `${prefix}.events`)['max'] ?? 0 }] as const;
  });
  return Object.fromEntries(entries);
}
