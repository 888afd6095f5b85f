// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { UnitPlan } from '../../../../init/contract/unit-plan.ts';
import type { Entry } from '../../../../init/supervise/entry.ts';
import { newUnit, type Unit } from '../../../../init/supervise/unit.ts';
import { complaintOf, createWatchdog } from '../../../../init/supervise/watchdog.ts';
import { entryPlan, FakeMachine, planOf } from '../../../support/fake-machine.ts';

const device = '/dev/watchdog0';

function setUp({ isThere = true, timeout = 30 } = {}) {
  const { fake, machine } = new FakeMachine(planOf({}));
  if (isThere) fake.files.set(device, '');
  let complaint: string | undefined;
  const loaded: string[] = [];
  const load = (name: string): boolean => {
    fake.files.set(device, '');
    return loaded.push(name) > 0;
  };
  const watchdog = createWatchdog(machine, { load, loadByAlias: load }, { device, timeout });
  const pass = (seconds: number): void => {
    const end = fake.now + seconds * 1e9;
    machine.loop.after(seconds, () => undefined);
    while (fake.now < end) machine.loop.turn();
  };
  const start = (): void => watchdog.start(() => complaint);
  const complain = (text: string | undefined): void => {
    complaint = text;
  };
  return { fake, watchdog, loaded, pass, start, complain, fed: () => fake.files.get(device) };
}

describe('a watchdog', () => {
  test('gets its timeout and is fed three times within it', () => {
    const { fake, start, pass, fed } = setUp();
    start();
    expect(fake.calls).toContain(`ioctlIntPointer ${device} c0045706 30`);
    pass(95);
    expect(fed()).toBe('\0'.repeat(10));
    expect(fake.console).toMatch(/watchdog: \/dev\/watchdog0 restarts the machine 30 s after it was fed last/);
  });

  test('is not fed while something is wrong, which is said once, and is when all is well again', () => {
    const { fake, start, pass, fed, complain } = setUp();
    start();
    complain('service web is unhealthy');
    pass(25);
    expect(fed()).toBe('\0');
    complain(undefined);
    pass(10);
    expect(fed()).toBe('\0\0');
    expect(fake.console.match(/watchdog: .*/g)?.slice(1)).toEqual([
      'watchdog: service web is unhealthy: NOT FED any more, the machine is reset within 30 s',
      'watchdog: all is well again',
    ]);
  });

  test('is let go at the end, so that it does not reset a machine that was told to stop', () => {
    const { fake, start, pass, fed, watchdog } = setUp();
    start();
    const open = fake.openDescriptors.length;
    watchdog.end();
    expect(fed()).toBe('\0V');
    expect(fake.openDescriptors).toHaveLength(open - 1);
    pass(100);
    expect(fed()).toBe('\0V');
  });

  test('whose driver comes late is the hardware; without any it is the software, loudly', () => {
    const late = setUp({ isThere: false });
    late.start();
    late.pass(1);
    late.fake.files.set(device, '');
    late.pass(4);
    expect(late.fed()).toBe('\0');
    expect(late.loaded).toEqual([]);
    const none = setUp({ isThere: false });
    none.start();
    none.pass(5);
    expect(none.loaded).toEqual(['softdog']);
    expect(none.fed()).toBe('\0');
    expect(none.fake.console).toMatch(/\*\*\* watchdog: no hardware has \/dev\/watchdog0: the kernel's own is used/);
  });

  test('that cannot be opened is told loudly, and nothing else happens', () => {
    const { fake, start, pass, watchdog } = setUp();
    fake.fail(`openat ${device}`, 'EBUSY');
    start();
    pass(100);
    watchdog.end();
    expect(fake.console).toMatch(/\*\*\* watchdog: NOT in use: openat \/dev\/watchdog0: EBUSY\n$/);
  });
});

describe('a critical service is', () => {
  const entryOf = (unit: Partial<Unit>, plan: Partial<UnitPlan> = {}, critical = true): Entry => ({
    section: 'services',
    plan: { ...entryPlan('services', 'web', plan), critical },
    unit: { ...newUnit, ...unit },
    wasStarted: true,
    container: undefined,
    last: undefined,
    why: undefined,
    says: undefined,
  });

  test.each<[string, Partial<Unit>]>([
    ['yet to be started', {}],
    ['running', { phase: 'running' }],
    ['not checked yet', { phase: 'running', health: 'starting' }],
    ['healthy', { phase: 'running', health: 'healthy' }],
    ['being stopped', { phase: 'stopping' }],
    ['stopped by somebody', { phase: 'ended', result: 'stopped' }],
  ])('well when it is %s', (_, unit) => {
    expect(complaintOf([entryOf(unit)])).toBe(undefined);
  });

  test.each<[string, Partial<Unit>]>([
    ['unhealthy', { phase: 'running', health: 'unhealthy' }],
    ['down', { phase: 'delayed' }],
    ['skipped', { phase: 'skipped' }],
    ['ended', { phase: 'ended', result: 'failed' }],
    ['ended', { phase: 'ended', result: 'done' }],
    ['stopping', { phase: 'stopping', kills: 2 }],
  ])('not well when it is %s (%j)', (word, unit) => {
    expect(complaintOf([entryOf({}), entryOf(unit)])).toBe(`service web is ${word}`);
    expect(complaintOf([entryOf(unit, {}, false)])).toBe(undefined);
  });
});
