// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../../sys.ts';
import type { CgroupPlace } from './place.ts';
import type { CgroupStats, CpusetStats, CpuStats } from './stats.ts';
import { emptyMemory, readPressures } from './stats-file.ts';
import { v1BlockIo, v1Cpu, v1Cpuset, v1Hugetlb, v1Memory, v1Pids } from './v1-stats.ts';
import { v2BlockIo, v2Cpu, v2Hugetlb, v2Memory, v2Pids } from './v2-stats.ts';

const noCpuset: CpusetStats = {
  cpu_exclusive: 0,
  mem_hardwall: 0,
  mem_exclusive: 0,
  memory_migrate: 0,
  memory_spread_page: 0,
  memory_spread_slab: 0,
  memory_pressure: 0,
  sched_load_balance: 0,
  sched_relax_domain_level: 0,
};

/** Reads what the container has used, each controller where it is bound; 0 stands for what no hierarchy counts. */
export function cgroupStats(sys: Sys, { v1 = {}, v2 }: CgroupPlace): CgroupStats {
  const { cpuset, memory, pids, blkio, hugetlb } = v1;
  /** What a controller counts, read in v1 where that has it. */
  function read<T>(
    folder: string | undefined,
    fromV1: (sys: Sys, folder: string) => T,
    fromV2: (sys: Sys, folder: string) => T,
    none: T,
  ): T {
    if (folder !== undefined) return fromV1(sys, folder);
    return v2 === undefined ? none : fromV2(sys, v2);
  }
  return {
    cpu: { ...cpuStats(sys, v1, v2), ...readPressures(sys, v2, 'cpu') },
    cpuset: cpuset === undefined ? noCpuset : v1Cpuset(sys, cpuset),
    memory: { ...read(memory, v1Memory, v2Memory, emptyMemory), ...readPressures(sys, v2, 'memory') },
    pids: read(pids, v1Pids, v2Pids, { current: 0, limit: 0 }),
    blkio: { ...read(blkio, v1BlockIo, v2BlockIo, {}), ...readPressures(sys, v2, 'io') },
    hugetlb: read(hugetlb, v1Hugetlb, v2Hugetlb, {}),
  };
}

/** In v1 time is counted by one controller and throttled by another. */
function cpuStats(sys: Sys, { cpu, cpuacct }: Readonly<Record<string, string>>, v2: string | undefined): CpuStats {
  if (cpu === undefined && cpuacct === undefined && v2 !== undefined) return v2Cpu(sys, v2);
  return v1Cpu(sys, cpu, cpuacct);
}
