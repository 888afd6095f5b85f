// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { UnitPlan } from '../../init/contract.ts';
import type { ImageSettings } from '../spec/types.ts';
import type { Section } from './settings.ts';

/** What decides what happens to an entry when it ends, fails or is to stop. */
export function unitPlan(section: Section, settings: ImageSettings): UnitPlan {
  return {
    isService: section === 'services',
    restart: { condition: 'no', delay: 1, backoff: 2, maxDelay: 60, window: 60, onGiveUp: 'leave' },
    stopGrace: 10,
    onFailure: settings.on_failure ?? 'continue',
    onUnhealthy: 'ignore',
    isChecked: false,
  };
}
