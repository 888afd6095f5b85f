// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { DiskPlan } from '../../../../init/contract/disk-plan.ts';
import type { PartitionStatus } from '../../../../init/contract/status.ts';
import type { FailureAction } from '../../../../init/contract/unit-plan.ts';
import { requirePartitions } from '../../../../init/supervise/partitions.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

const missing: readonly PartitionStatus[] = [
  { label: 'state', state: 'present', device: '/dev/vda3', mount: '/state' },
  { label: 'data', state: 'failed', error: 'the disk is full' },
];

/** A boot with one partition that is not there. */
function boot(onFailure: FailureAction): FakeMachine {
  const disk: DiskPlan = { device: 'auto', partitions: [], onFailure };
  const plan = { ...planOf({ onboot: ['first'], services: ['web'] }), disk };
  const whole = new FakeMachine(plan, { first: { exits: 0 } }, false, missing);
  whole.fake.files.set('/proc/self/mountinfo', '');
  createSystem(whole.machine, plan, 0).boot();
  return whole;
}

describe('a boot with a partition that is not there', () => {
  test('goes on and is degraded, and its last line names it', () => {
    const whole = boot('continue');
    whole.turnUntil(() => /booted/.test(whole.fake.console));
    expect(whole.fake.console).toMatch(/degraded: booted in .*, 1 service running, failed: partition data\n/);
    expect(whole.statusFile).toMatchObject({ state: 'degraded', partitions: missing });
  });

  test.each(['halt', 'emergency'] as const)(
    'stops with on_failure %s before anything is started, and says why',
    (how) => {
      const whole = boot(how);
      whole.turnUntil(() => /boot stopped/.test(whole.fake.console));
      expect(whole.containers).toEqual([]);
      expect(whole.fake.console).toContain('  partition data: the disk is full\n');
      expect(whole.statusFile.state).toBe('halted');
    },
  );

  test.each([
    ['reboot', 'reboot 1234567'],
    ['poweroff', 'reboot 4321fedc'],
  ] as const)('ends with on_failure %s, without anything started', (how, call) => {
    const whole = boot(how);
    whole.turnUntil(() => whole.fake.calls.at(-1) === call);
    expect(whole.fake.console).toContain(`tskit: ${how} asked for by the failure of the disk`);
    expect(whole.containers).toEqual([]);
  });

  test('does not start a container that would write to memory what is to be kept', () => {
    const [web] = planOf({ services: ['web'] }).services;
    if (web === undefined) throw new Error('the plan has no service');
    expect(() => requirePartitions({ ...web, partitions: ['state', 'data'] }, missing)).toThrow(
      'partition data is not there: the disk is full',
    );
    requirePartitions({ ...web, partitions: ['state'] }, missing);
    requirePartitions(web, missing);
  });
});
