// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

test('a status file that cannot be written is told once, and the system goes on', () => {
  const plan = planOf({ services: ['web'] });
  const { fake, machine } = new FakeMachine(plan);
  fake.fail('openat /run/tskit/status.json', 'ENOSPC');
  machine.status.booted(1);
  machine.status.stopping();
  expect(fake.console.match(/ENOSPC/g)).toHaveLength(1);
  expect(machine.status.current().state).toBe('stopping');
});

describe('the status file', () => {
  const writes = (whole: FakeMachine): number => whole.fake.written('/run/tskit/status.json.new');

  test('is written once for changes that come together, and soon', () => {
    const plan = planOf({ services: ['a', 'b', 'c'] });
    const whole = new FakeMachine(plan);
    const before = whole.fake.now;
    for (const entry of plan.services) whole.machine.status.set(entry, { state: 'running' });
    expect(writes(whole)).toBe(0);
    whole.turnUntil(() => writes(whole) > 0);
    expect((whole.fake.now - before) / 1e9).toBeLessThan(0.2);
    expect(whole.statusFile.services.map((entry) => entry.state)).toEqual(['running', 'running', 'running']);
    expect(() => whole.machine.loop.turn()).toThrow('wait forever');
    expect(writes(whole)).toBe(1);
  });

  test('is up to date at once when the boot is over, and when it has been stopped', () => {
    const plan = planOf({ services: ['a'] });
    const whole = new FakeMachine(plan);
    const [entry] = plan.services;
    if (entry !== undefined) whole.machine.status.set(entry, { state: 'failed' });
    whole.machine.status.booted(1);
    expect(whole.statusFile).toMatchObject({ state: 'degraded', services: [{ state: 'failed' }] });
    whole.machine.status.stopping();
    expect(whole.statusFile.state).toBe('stopping');
    expect(() => whole.machine.loop.turn()).toThrow('wait forever');
    expect(writes(whole)).toBe(2);
  });
});
