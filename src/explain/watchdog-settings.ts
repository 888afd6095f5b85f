// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { watchdogPlan } from '../assemble/watchdog-plan.ts';
import type { Spec } from '../spec/types.ts';
import type { KernelSetting } from './kernel-settings.ts';
import { placed } from './places.ts';

/** The settings of a spec's watchdog; none without one. */
export function explainWatchdog(spec: Spec): readonly KernelSetting[] {
  const { watchdog } = spec;
  if (watchdog === undefined) return [];
  const { device, timeout } = watchdogPlan(watchdog);
  return Object.entries({ device, timeout: `${timeout} s` }).map(([setting, value]) =>
    setting in watchdog
      ? { setting, value, ...placed(spec, ['watchdog', setting]) }
      : { setting, value, entry: `watchdog.${setting}`, default: 'where the spec says nothing' },
  );
}
