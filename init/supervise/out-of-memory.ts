// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { CgroupPlace } from '../container/cgroup/place.ts';
import { readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';

/**
 * What to say when the kernel killed a process of this cgroup for want of memory: "out of memory (limit 64 MiB)", or only
 * "out of memory" when it was not the cgroup's own limit that was reached but one above it or the whole machine's memory.
 * Undefined when it killed none, or keeps no account of memory (cgroup-v2.rst, memory.events). To be asked before the cgroup
 * is removed.
 */
export function describeOutOfMemory(sys: Sys, { v2 }: CgroupPlace): string | undefined {
  if (v2 === undefined) return undefined;
  const events = readTextIfPresent(sys, `${v2}/memory.events`) ?? '';
  if (countOf(events, 'oom_kill') === 0) return undefined;
  const limit = Number(readTextIfPresent(sys, `${v2}/memory.max`));
  // "oom" counts how often the limit of this cgroup, or of one below it, was reached; "max" is no limit.
  const isOwnLimit = countOf(events, 'oom') > 0 && limit > 0;
  return isOwnLimit ? `out of memory (limit ${describeSize(limit)})` : 'out of memory';
}

/** A line of memory.events is "NAME COUNT". */
function countOf(events: string, name: string): number {
  return Number(new RegExp(`^${name} ([0-9]+)$`, 'm').exec(events)?.[1] ?? 0);
}

function describeSize(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1 ? `${Math.floor(bytes / 1024)} KiB` : `${Number(mebibytes.toFixed(1))} MiB`;
}
