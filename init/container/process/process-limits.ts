// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { IOPRIO_WHO_PROCESS, SCHED_DEADLINE, SCHED_FIFO, SCHED_RR } from '../../linux.ts';
import type { SchedAttr, Sys } from '../../sys.ts';
import { everyCpu } from './cpu-affinity.ts';
import type { ProcessPlan } from './process-plan.ts';
import { applyResourceLimits } from './rlimits.ts';
import { step } from '../step.ts';

/**
 * Sets what of a process takes the runtime's privileges: in a user namespace hard limits cannot be raised and no real-time
 * policy can be taken, so that the runtime does it then. `pid` 0 is the caller. The process has not changed its user yet.
 */
export function applyLimits(sys: Sys, pid: number, plan: ProcessPlan): void {
  applyResourceLimits(sys, pid, plan.limits);
  applyAffinity(sys, pid, plan);
  const { scheduler, ioPriority } = plan;
  if (scheduler !== undefined) setScheduler(sys, pid, scheduler, plan.process.scheduler?.policy ?? '');
  if (ioPriority !== undefined)
    step('process.ioPriority: set', () => sys.ioprioSet(IOPRIO_WHO_PROCESS, pid, ioPriority));
}

/** What the kernel's EPERM may mean besides missing privileges (sched(7)). */
const deniedBecause: ReadonlyMap<number, string> = new Map([
  [SCHED_DEADLINE, "the process scheduler can't be used together with AllowedCPUs (linux.resources.cpu.cpus)"],
  [SCHED_FIFO, 'its cgroup has no time for it (linux.resources.cpu.realtimeRuntime)'],
  [SCHED_RR, 'its cgroup has no time for it (linux.resources.cpu.realtimeRuntime)'],
]);

function setScheduler(sys: Sys, pid: number, attr: SchedAttr, policy: string): void {
  step(`process.scheduler: set ${policy}`, () => {
    try {
      sys.schedSetattr(pid, attr, 0);
    } catch (error) {
      const reason = deniedBecause.get(attr.policy);
      if (errnoOf(error) !== 'EPERM' || reason === undefined) throw error;
      throw new Error(`EPERM, for want of CAP_SYS_NICE, or because ${reason}`, { cause: error });
    }
  });
}

/**
 * The process is to use all CPUs of its cgroup and not only those that the runtime was started on: kernels from 6.2 on
 * remember an affinity over the change of cgroups.
 */
function applyAffinity(sys: Sys, pid: number, { affinity }: ProcessPlan): void {
  const { initial, final } = affinity ?? {};
  if (final !== undefined) step('process.execCPUAffinity.final: set', () => sys.schedSetaffinity(pid, final));
  else if (initial === undefined) sys.schedSetaffinity(pid, everyCpu);
}
