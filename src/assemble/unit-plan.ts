// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RestartPlan, UnitPlan } from '../../init/contract/unit-plan.ts';
import { durationSeconds } from '../spec/duration.ts';
import type { ImageSettings } from '../spec/types.ts';
import type { Section } from './settings.ts';

/** Docker's, as Compose's users know it; the grace period too. */
const defaults = { delay: 0.1, backoff: 2, maxDelay: 60, window: 10, stopGrace: 10 } as const;

/**
 * What decides what happens to an entry when it ends, fails or is to stop. What a label says for another section (a restart for what
 * runs at boot) means nothing there.
 */
export function unitPlan(section: Section, settings: ImageSettings, isChecked: boolean): UnitPlan {
  const timeout = section === 'onboot' ? secondsOf(settings.timeout) : undefined;
  return {
    isService: section === 'services',
    restart: restartPlan(section === 'services' ? settings : {}),
    stopGrace: secondsOf(settings.stop_grace_period) ?? defaults.stopGrace,
    ...(timeout !== undefined && { timeout }),
    onFailure: (section === 'onboot' ? settings.on_failure : undefined) ?? 'continue',
    onUnhealthy: settings.healthcheck?.on_unhealthy ?? 'ignore',
    isChecked,
  };
}

function restartPlan(settings: ImageSettings): RestartPlan {
  const policy = settings.restart_policy ?? {};
  const delay = secondsOf(policy.delay) ?? defaults.delay;
  const attempts = policy.max_attempts ?? attemptsOf(settings.restart);
  return {
    condition: restartCondition(settings),
    delay,
    backoff: policy.backoff ?? defaults.backoff,
    maxDelay: secondsOf(policy.max_delay) ?? Math.max(defaults.maxDelay, delay),
    window: secondsOf(policy.window) ?? defaults.window,
    ...(attempts !== undefined && { maxAttempts: attempts }),
    onGiveUp: policy.on_give_up ?? 'leave',
  };
}

const deployConditions = { none: 'no', 'on-failure': 'on-failure', any: 'always' } as const;

/** When a service is started again. A policy without a condition is for "any" in Compose's `deploy`. */
export function restartCondition({
  restart,
  restart_policy: policy,
}: Pick<ImageSettings, 'restart' | 'restart_policy'>): RestartPlan['condition'] {
  if (restart === undefined) return policy === undefined ? 'no' : deployConditions[policy.condition ?? 'any'];
  return restart.startsWith('on-failure') ? 'on-failure' : (restart as RestartPlan['condition']);
}

function attemptsOf(restart: string | undefined): number | undefined {
  const [, count] = restart?.split(':') ?? [];
  return count === undefined ? undefined : Number(count);
}

function secondsOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationSeconds(duration);
}
