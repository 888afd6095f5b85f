// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeValue } from '../files.ts';
import { IOPRIO_WHO_PROCESS } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { everyCpu } from './cpu-affinity.ts';
import type { ProcessPlan } from './process-plan.ts';
import { applyResourceLimits } from './rlimits.ts';
import { step } from './step.ts';

/**
 * Sets what of a process the runtime sets: with its own privileges, because in a user namespace hard limits cannot be raised,
 * the oom score not lowered and no real-time policy taken. The process has not changed its user yet.
 */
export function applyFromOutside(sys: Sys, pid: number, plan: ProcessPlan): void {
  const { oomScoreAdj: score } = plan.process;
  if (score !== undefined)
    step(`set the oom score to ${score}`, () => writeValue(sys, `/proc/${pid}/oom_score_adj`, String(score)));
  applyResourceLimits(sys, pid, plan.limits);
  applyAffinity(sys, pid, plan);
  const { scheduler, ioPriority } = plan;
  if (scheduler !== undefined)
    step(`process.scheduler: set ${plan.process.scheduler?.policy}`, () => sys.schedSetattr(pid, scheduler, 0));
  if (ioPriority !== undefined)
    step('process.ioPriority: set', () => sys.ioprioSet(IOPRIO_WHO_PROCESS, pid, ioPriority));
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
