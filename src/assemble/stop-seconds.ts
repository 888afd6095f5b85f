// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../../init/contract/container-plan.ts';
import { afterKillSeconds } from '../../init/contract/unit-plan.ts';

/**
 * Seconds that stopping all of these takes at most, each after those that wait for it: the longest chain of grace periods. What
 * waited for the end of another does not run beside it.
 */
export function stopSeconds(plans: readonly ContainerPlan[]): number {
  const byId = new Map(plans.map((plan) => [plan.id, plan]));
  const known = new Map<string, number>();
  const longest = (plan: ContainerPlan): number => {
    const before = known.get(plan.id);
    if (before !== undefined) return before;
    const below = plan.after.flatMap(({ on, condition }) => {
      const target = condition === 'started' || condition === 'healthy' ? byId.get(on) : undefined;
      return target === undefined ? [] : longest(target);
    });
    const seconds = Math.max(0, ...below) + plan.unit.stopGrace + afterKillSeconds;
    known.set(plan.id, seconds);
    return seconds;
  };
  return Math.max(0, ...plans.map(longest));
}
