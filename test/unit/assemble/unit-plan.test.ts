// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { unitPlan } from '../../../src/assemble/unit-plan.ts';
import type { ImageSettings } from '../../../src/spec/types.ts';

const restart = { condition: 'no', delay: 0.1, backoff: 2, maxDelay: 60, window: 10, onGiveUp: 'leave' } as const;

test.each(['onboot', 'onshutdown', 'services'] as const)(
  'an entry of %s that says nothing has LinuxKit’s meaning',
  (section) => {
    expect(unitPlan(section, {}, false)).toEqual({
      isService: section === 'services',
      restart,
      stopGrace: 10,
      onFailure: 'continue',
      onUnhealthy: 'ignore',
      isChecked: false,
    });
  },
);

test.each<[ImageSettings, object]>([
  [{ restart: 'no' }, {}],
  [{ restart: 'always' }, { condition: 'always' }],
  [{ restart: 'unless-stopped' }, { condition: 'unless-stopped' }],
  [{ restart: 'on-failure' }, { condition: 'on-failure' }],
  [{ restart: 'on-failure:5' }, { condition: 'on-failure', maxAttempts: 5 }],
  [{ restart_policy: {} }, { condition: 'always' }],
  [{ restart_policy: { condition: 'none' } }, {}],
  [{ restart_policy: { condition: 'on-failure', max_attempts: 3 } }, { condition: 'on-failure', maxAttempts: 3 }],
  [
    { restart: 'on-failure', restart_policy: { delay: '2m' } },
    { condition: 'on-failure', delay: 120, maxDelay: 120 },
  ],
  [
    {
      restart: 'always',
      restart_policy: { delay: '500ms', max_delay: '10s', backoff: 3, window: '1m', on_give_up: 'reboot' },
    },
    { condition: 'always', delay: 0.5, maxDelay: 10, backoff: 3, window: 60, onGiveUp: 'reboot' },
  ],
])('a service with %j', (settings, plan) => {
  expect(unitPlan('services', settings, false).restart).toEqual({ ...restart, ...plan });
});

describe('what a label says for another section', () => {
  const label: ImageSettings = {
    restart: 'always',
    on_failure: 'halt',
    timeout: '5s',
    stop_grace_period: '1m',
    healthcheck: { tcp: 80, on_unhealthy: 'restart' },
  };

  test('means nothing to a service but what is for services', () => {
    const plan = unitPlan('services', label, true);
    expect(plan).toMatchObject({ onFailure: 'continue', stopGrace: 60, isChecked: true, onUnhealthy: 'restart' });
    expect(plan.restart.condition).toBe('always');
    expect(plan).not.toHaveProperty('timeout');
  });

  test('means nothing to an onboot entry but what is for these', () => {
    const plan = unitPlan('onboot', label, false);
    expect(plan).toMatchObject({ onFailure: 'halt', timeout: 5, stopGrace: 60, restart });
  });

  test('means nothing at shutdown', () => {
    const plan = unitPlan('onshutdown', label, false);
    expect(plan).toMatchObject({ onFailure: 'continue', restart });
    expect(plan).not.toHaveProperty('timeout');
  });
});
