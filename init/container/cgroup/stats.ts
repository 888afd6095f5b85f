// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Integer } from '../../contract/integer.ts';

/** What a container uses, in the shape in which `runc events` tells it. Times in nanoseconds, sizes in bytes. */
export interface CgroupStats {
  readonly cpu: CpuStats & { readonly psi?: Pressures };
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats & { readonly psi?: Pressures };
  readonly pids: PidsStats;
  readonly blkio: BlockIoStats & { readonly psi?: Pressures };
  /** By page size ("2MB"). */
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
}

/** Times in nanoseconds. */
export interface CpuStats {
  readonly usage: {
    readonly total: Integer;
    /** By processor, where the kernel tells it (v1). */
    readonly percpu?: readonly Integer[];
    readonly percpu_kernel?: readonly Integer[];
    readonly percpu_user?: readonly Integer[];
    readonly kernel: Integer;
    readonly user: Integer;
  };
  readonly throttling: {
    readonly periods: Integer;
    readonly throttledPeriods: Integer;
    readonly throttledTime: Integer;
  };
}

/** Of v1 only; v2 tells nothing of them. */
export interface CpusetStats {
  readonly cpus?: readonly number[];
  readonly cpu_exclusive: Integer;
  readonly mems?: readonly number[];
  readonly mem_hardwall: Integer;
  readonly mem_exclusive: Integer;
  readonly memory_migrate: Integer;
  readonly memory_spread_page: Integer;
  readonly memory_spread_slab: Integer;
  readonly memory_pressure: Integer;
  readonly sched_load_balance: Integer;
  readonly sched_relax_domain_level: Integer;
}

/** Sizes in bytes. */
export interface MemoryStats {
  readonly cache: Integer;
  readonly usage: MemoryUse;
  /** Memory and swap together, as v1 counts them. */
  readonly swap: MemoryUse;
  readonly kernel: MemoryUse;
  readonly kernelTCP: MemoryUse;
  /** memory.stat as it is. */
  readonly raw: Readonly<Record<string, Integer>>;
}

/** One counter of memory in bytes, and how often its limit was hit. */
export interface MemoryUse {
  /** 2^64 - 1 (v2) or nearly 2^63 (v1) for none. */
  readonly limit: Integer;
  readonly usage: Integer;
  readonly max: Integer;
  readonly failcnt: Integer;
}

/** Numbers of processes. */
export interface PidsStats {
  readonly current: Integer;
  /** 0 for none. */
  readonly limit: Integer;
}

/** One operation on one device. */
export interface BlockIoEntry {
  readonly major: number;
  readonly minor: number;
  /** "Read", "Write", "Sync" ... */
  readonly op: string;
  readonly value: Integer;
}

/** Each list as the v1 controller has it; v2 fills the first two. */
export interface BlockIoStats {
  readonly ioServiceBytesRecursive?: readonly BlockIoEntry[];
  readonly ioServicedRecursive?: readonly BlockIoEntry[];
  readonly ioQueueRecursive?: readonly BlockIoEntry[];
  readonly ioServiceTimeRecursive?: readonly BlockIoEntry[];
  readonly ioWaitTimeRecursive?: readonly BlockIoEntry[];
  readonly ioMergedRecursive?: readonly BlockIoEntry[];
  readonly ioTimeRecursive?: readonly BlockIoEntry[];
  readonly sectorsRecursive?: readonly BlockIoEntry[];
}

/** Of one page size in bytes, and how often its limit was hit. */
export interface HugetlbStats {
  readonly usage: Integer;
  readonly max: Integer;
  readonly failcnt: Integer;
}

/** Pressure stall information (Documentation/accounting/psi.rst): averages in percent, the total in microseconds. */
export interface Pressures {
  readonly some: Pressure;
  readonly full: Pressure;
}

/** A line of a pressure file (Documentation/accounting/psi.rst). */
export interface Pressure {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: Integer;
}
