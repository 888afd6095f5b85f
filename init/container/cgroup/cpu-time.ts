// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Resources } from '../../contract/resources.ts';

const files: ReadonlySet<string> = new Set(['cpu.max', 'cpu.max.burst']);

/**
 * Limits of CPU time apart from all others, for a runtime that must not wait for a process that has next to none: what the
 * process does before its program takes seconds with a quota of 1 ms. `late` is absent when there are none.
 */
export function splitCpuTime(resources: Resources): { readonly early: Resources; readonly late?: Resources } {
  const { cpu: { quota, period, burst, ...cpu } = {}, unified = {}, ...rest } = resources;
  const named = Object.entries(unified);
  const lateNamed = named.filter(([file]) => files.has(file));
  if (quota === undefined && period === undefined && burst === undefined && lateNamed.length === 0)
    return { early: resources };
  const earlyNamed = named.filter(([file]) => !files.has(file));
  const time = {
    ...(quota === undefined ? {} : { quota }),
    ...(period === undefined ? {} : { period }),
    ...(burst === undefined ? {} : { burst }),
  };
  return {
    early: { ...rest, cpu, unified: Object.fromEntries(earlyNamed) },
    late: { cpu: time, unified: Object.fromEntries(lateNamed) },
  };
}
