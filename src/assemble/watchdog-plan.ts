// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { WatchdogPlan } from '../../init/contract/boot-plan.ts';
import { durationSeconds } from '../spec/duration.ts';
import type { WatchdogSpec } from '../spec/types.ts';
import type { Bundles } from './bundle-tree.ts';

/** The watchdog of a spec, with its defaults. */
export function watchdogPlan({ device = '/dev/watchdog0', timeout = '60s' }: WatchdogSpec): WatchdogPlan {
  return { device, timeout: durationSeconds(timeout) };
}

/** What is said when services are critical to a watchdog that is not there; undefined when all is well. */
export function missingWatchdog({ watchdog, services }: Bundles): string | undefined {
  const names = services.filter(({ plan }) => plan.critical).map(({ plan }) => `"${plan.name}"`);
  if (watchdog !== undefined || names.length === 0) return undefined;
  return `critical of ${names.join(', ')} means nothing without \`watchdog: {}\` in the spec`;
}
