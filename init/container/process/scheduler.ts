// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// process.scheduler (config.md; sched(7), sched_setattr(2)).

import type { Integer } from '../../contract/integer.ts';
import type { Scheduler } from '../../contract/runtime-config.ts';
import {
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_DL_OVERRUN,
  SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_RECLAIM,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_FLAG_UTIL_CLAMP_MAX,
  SCHED_FLAG_UTIL_CLAMP_MIN,
  SCHED_IDLE,
  SCHED_ISO,
  SCHED_OTHER,
  SCHED_RR,
} from '../../linux.ts';
import type { SchedAttr } from '../../sys.ts';

const policies: ReadonlyMap<string, number> = new Map([
  ['SCHED_OTHER', SCHED_OTHER],
  ['SCHED_FIFO', SCHED_FIFO],
  ['SCHED_RR', SCHED_RR],
  ['SCHED_BATCH', SCHED_BATCH],
  ['SCHED_ISO', SCHED_ISO],
  ['SCHED_IDLE', SCHED_IDLE],
  ['SCHED_DEADLINE', SCHED_DEADLINE],
]);

const flags: ReadonlyMap<string, number> = new Map([
  ['SCHED_FLAG_RESET_ON_FORK', SCHED_FLAG_RESET_ON_FORK],
  ['SCHED_FLAG_RECLAIM', SCHED_FLAG_RECLAIM],
  ['SCHED_FLAG_DL_OVERRUN', SCHED_FLAG_DL_OVERRUN],
  ['SCHED_FLAG_KEEP_POLICY', SCHED_FLAG_KEEP_POLICY],
  ['SCHED_FLAG_KEEP_PARAMS', SCHED_FLAG_KEEP_PARAMS],
  ['SCHED_FLAG_UTIL_CLAMP_MIN', SCHED_FLAG_UTIL_CLAMP_MIN],
  ['SCHED_FLAG_UTIL_CLAMP_MAX', SCHED_FLAG_UTIL_CLAMP_MAX],
]);

/** What sched_setattr is given. Throws on an unknown name and on values that do not go with the policy. */
export function parseScheduler(scheduler: Scheduler | undefined): SchedAttr | undefined {
  if (scheduler === undefined) return undefined;
  checkValues(scheduler);
  checkDeadline(scheduler);
  const { nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  return {
    policy: lookUp(policies, scheduler.policy, 'policy'),
    flags: (scheduler.flags ?? []).reduce((bits, name) => bits | lookUp(flags, name, 'flags'), 0),
    nice,
    priority,
    runtime: BigInt(runtime),
    deadline: BigInt(deadline),
    period: BigInt(period),
  };
}

function lookUp(names: ReadonlyMap<string, number>, name: string, key: string): number {
  const value = names.get(name);
  if (value === undefined)
    throw new Error(`process.scheduler.${key}: expected one of ${[...names.keys()].join(', ')}, found "${name}"`);
  return value;
}

/** The kernel says EINVAL to all of these, which does not tell what to change. */
function checkValues({ policy, nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 }: Scheduler): void {
  const isFair = policy === 'SCHED_OTHER' || policy === 'SCHED_BATCH';
  if (isFair && (nice < -20 || nice > 19))
    throw new Error(`process.scheduler.nice: expected -20 to 19 with ${policy}, found ${nice}`);
  const isStatic = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if (!isStatic && priority !== 0)
    throw new Error(`process.scheduler.priority: expected none with ${policy}, only with SCHED_FIFO and SCHED_RR`);
  if (policy === 'SCHED_DEADLINE') return;
  if ([runtime, deadline, period].some((value) => BigInt(value) !== 0n))
    throw new Error(`process.scheduler: runtime, deadline and period go with SCHED_DEADLINE only, found ${policy}`);
}

const least = 1024n;
const most = 1n << 63n;

/** sched(7), SCHED_DEADLINE: 1024 <= runtime <= deadline <= period < 2^63, where a period of 0 means the deadline. */
function checkDeadline({ policy, runtime, deadline, period = 0 }: Scheduler): void {
  if (policy !== 'SCHED_DEADLINE') return;
  const times: [string, bigint][] = [
    ['runtime', timeOf('runtime', runtime)],
    ['deadline', timeOf('deadline', deadline)],
  ];
  if (BigInt(period) !== 0n) times.push(['period', BigInt(period)]);
  for (const [index, [name, time]] of times.entries()) {
    const [longer, limit] = times[index + 1] ?? [name, time];
    if (time > limit) throw deadlineError(`${name} (${time}) must be <= ${longer} (${limit})`);
  }
  for (const [name, time] of times)
    if (time < least || time >= most) throw deadlineError(`${name} (${time}) must be between ${least} and ${most}`);
}

function timeOf(name: string, time: Integer | undefined): bigint {
  if (time === undefined) throw deadlineError(`requires \`${name}\``);
  if (BigInt(time) === 0n) throw deadlineError(`${name} must be greater than 0`);
  return BigInt(time);
}

/** In words that callers of crun know. */
function deadlineError(text: string): Error {
  return new Error(`process.scheduler: sched_setattr: \`SCHED_DEADLINE\` ${text}`);
}
