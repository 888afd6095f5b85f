// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { BootPlan } from '../../../../init/contract/boot-plan.ts';
import { notifyPath } from '../../../../init/contract/paths.ts';
import type { HealthPlan, UnitPlan } from '../../../../init/contract/unit-plan.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { entryPlan, FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';

const exec: HealthPlan = {
  probe: { kind: 'exec', args: ['pg_isready'] },
  interval: 10,
  timeout: 3,
  retries: 3,
  startPeriod: 0,
  startInterval: 1,
};

function boot(health: HealthPlan, program: FakeProgram = {}, unit: Partial<UnitPlan> = {}) {
  const db = { ...entryPlan('services', 'db', { isChecked: true, ...unit }), health };
  const plan: BootPlan = { ...planOf({}), services: [db] };
  const whole = new FakeMachine(plan, { db: { endsAt: 15, ...program } });
  const system = createSystem(whole.machine, plan, 1);
  const told: string[] = [];
  whole.machine.events.follow(({ at, kind, text }) => {
    told.push(`${Math.round((at - 1) * 10) / 10} ${kind}${kind.includes('healthy') ? `: ${text}` : ''}`);
  });
  system.boot();
  const checks = (): number => whole.containers.filter((act) => act.startsWith('exec')).length;
  return { whole, told, checks, entry: () => system.units.list()[0], system };
}

const alwaysRestarted: Partial<UnitPlan> = {
  restart: { condition: 'always', delay: 1, backoff: 1, maxDelay: 1, window: 60, onGiveUp: 'leave' },
};

/** Results of checks one after the other, the last one from then on. */
function results(...codes: readonly (number | undefined)[]): () => number | undefined {
  let at = 0;
  return () => {
    at += 1;
    return codes[Math.min(at, codes.length) - 1];
  };
}

describe('a check', () => {
  test('runs an interval after the start, and again an interval after its end', () => {
    const { whole, told, checks } = boot(exec, { check: () => 0 });
    whole.turnUntil(() => told.length === 2);
    const open = whole.fake.openDescriptors.length;
    whole.turnUntil(() => checks() === 4 && whole.fake.ended.length === 0);
    expect(whole.fake.openDescriptors).toHaveLength(open);
    expect(told).toEqual(['0 started', '10 healthy: healthy']);
    expect(Math.round(whole.fake.now / 1e9) - 1).toBe(40);
    expect(whole.containers).toContain('exec db pg_isready');
  });

  test('may print more than PID 1 has memory for, and PID 1 may have no descriptor left: only the end is read', () => {
    const { whole, told } = boot(
      { ...exec, retries: 1 },
      { check: () => 1, checkPrints: `${'é'.repeat(1e6)}no luck\n` },
    );
    whole.fake.fail('openat /proc', 'EMFILE');
    whole.turnUntil(() => told.length === 2);
    const end = JSON.stringify(`${'é'.repeat(193)}no luck`);
    expect(told[1]).toBe(`10 unhealthy: UNHEALTHY, the check failed: exit code 1: ${end}`);
  });

  test('makes a service unhealthy when it fails as often in a row as retries says', () => {
    const { whole, told } = boot(exec, { check: results(0, 1, 1, 0, 1, 1, 7) });
    whole.turnUntil(() => told.length === 3);
    expect(told.slice(1)).toEqual(['10 healthy: healthy', '70 unhealthy: UNHEALTHY, 3 checks failed: exit code 7']);
    expect(whole.machine.status.current()).toMatchObject({ state: 'degraded', services: [{ health: 'unhealthy' }] });
    expect(whole.fake.console).toContain('*** service db: UNHEALTHY, 3 checks failed: exit code 7\n');
  });

  test('comes more often in the start period, where failures do not count', () => {
    const { whole, told } = boot({ ...exec, startPeriod: 20 }, { check: results(1, 1, 1, 1, 0) });
    whole.turnUntil(() => told.length === 2);
    expect(told[1]).toBe('5 healthy: healthy');
  });

  test('counts after the start period', () => {
    const { whole, told } = boot({ ...exec, startPeriod: 5, startInterval: 2 }, { check: () => 1 });
    whole.turnUntil(() => told.length === 2);
    // At 2 and 4 it did not count.
    expect(told[1]).toBe('26 unhealthy: UNHEALTHY, 3 checks failed: exit code 1');
  });

  test('counts in the start period once one has passed', () => {
    const { whole, told } = boot({ ...exec, startPeriod: 100 }, { check: results(0, 1) });
    whole.turnUntil(() => told.length === 3);
    expect(told.slice(1)).toEqual(['1 healthy: healthy', '31 unhealthy: UNHEALTHY, 3 checks failed: exit code 1']);
  });

  test('that not even SIGKILL ends is not run a second time beside it', () => {
    const { whole, told, checks } = boot(exec, { check: () => undefined });
    whole.turnUntil(() => told.length === 2);
    expect(told[1]).toBe('33 unhealthy: UNHEALTHY, 3 checks failed: the one before is killed and does not end');
    expect(checks()).toBe(1);
  });

  test('that takes too long is ended, and has failed', () => {
    const { whole, told } = boot({ ...exec, retries: 1 }, { check: () => undefined });
    whole.turnUntil(() => told.length === 2);
    expect(told[1]).toBe('13 unhealthy: UNHEALTHY, the check failed: no answer within 3 s');
    expect(whole.fake.calls.filter((call) => call.startsWith('pidfdSendSignal'))).toHaveLength(1);
  });

  test('ends with the service, and begins anew with its next run', () => {
    const restart: UnitPlan['restart'] = {
      condition: 'always',
      delay: 1,
      backoff: 1,
      maxDelay: 1,
      window: 60,
      onGiveUp: 'leave',
    };
    const { whole, told } = boot({ ...exec, retries: 1 }, { check: results(0, 1), exits: 1, after: 25 }, { restart });
    whole.turnUntil(() => told.length === 4);
    expect(told).toEqual([
      '0 started',
      '10 healthy: healthy',
      '20 unhealthy: UNHEALTHY, the check failed: exit code 1',
      '25 ended',
    ]);
    whole.turnUntil(() => told.length === 6);
    expect(told.slice(4)).toEqual(['26 started', '36 unhealthy: UNHEALTHY, the check failed: exit code 1']);
  });

  test('that still runs when the service is stopped is ended, and none follows', () => {
    const { whole, told, checks, entry, system } = boot(exec, { check: () => undefined });
    whole.turnUntil(() => checks() === 1);
    const found = entry();
    if (found !== undefined) system.units.ask(found, 'stop', () => undefined);
    whole.fake.end(101, 9);
    expect(() => whole.turnUntil(() => false)).toThrow('wait forever');
    expect(told).toEqual(['0 started', '10 stopping', '10 ended']);
    expect(checks()).toBe(1);
  });

  test('that fails restarts the service where that is asked for', () => {
    const { whole, told } = boot(exec, { check: () => 1 }, { onUnhealthy: 'restart' });
    whole.turnUntil(() => told.includes('31 started'));
    expect(told).toEqual([
      '0 started',
      '30 unhealthy: UNHEALTHY, 3 checks failed: exit code 1, restarted',
      '30 ended',
      '31 started',
    ]);
  });
});

test.each([
  ['notify', { kind: 'notify' }],
  ['exec', exec.probe],
] as const)('a kernel that watches no more descriptors costs no service and no descriptor: %s', (_name, probe) => {
  const { whole, told } = boot({ ...exec, probe }, { exits: 1, after: 5, check: () => 0 }, alwaysRestarted);
  whole.turnUntil(() => told.length === 1);
  whole.fake.fail('epollCtl add', 'ENOSPC', 4);
  whole.fake.consoleRoom = 0;
  whole.turnUntil(() => told.includes('5 ended'));
  const open = whole.fake.openDescriptors.length;
  whole.turnUntil(() => told.filter((line) => line.endsWith('started')).length === 2);
  whole.turnUntil(() => told.at(-1)?.endsWith('ended') === true);
  expect(whole.fake.openDescriptors).toHaveLength(open);
});

describe('a service that tells of itself', () => {
  const notify: HealthPlan = { ...exec, probe: { kind: 'notify' }, startPeriod: 0 };
  const socket = notifyPath('services/db');

  test('is healthy when it says READY=1, and shown with what it says', () => {
    const { whole, told, entry } = boot(notify);
    whole.turnUntil(() => told.length === 1);
    whole.fake.deliver(socket, 'STATUS=loading\n');
    whole.turnUntil(() => entry()?.says === 'loading');
    expect(entry()?.unit.health).toBe('starting');
    whole.fake.deliver(socket, 'READY=1\nSTATUS=waiting for work');
    whole.turnUntil(() => told.length === 2);
    expect(told[1]).toBe('0 healthy: healthy');
    whole.turnUntil(() => whole.statusFile.services[0]?.says === 'waiting for work');
  });

  test('is not once its time to be ready is over, which it may extend', () => {
    const { whole, told } = boot({ ...notify, startPeriod: 30 });
    whole.turnUntil(() => told.length === 1);
    whole.fake.deliver(socket, 'EXTEND_TIMEOUT_USEC=90000000');
    whole.turnUntil(() => told.length === 2);
    expect(told[1]).toBe('90 unhealthy: UNHEALTHY, not ready after 90 s');
  });

  test('has to say WATCHDOG=1 as often as it was told', () => {
    const { whole, told } = boot({ ...notify, probe: { kind: 'notify', watchdog: 5 } });
    whole.turnUntil(() => told.length === 1);
    whole.fake.deliver(socket, 'READY=1');
    whole.turnUntil(() => told.length === 2);
    whole.machine.loop.after(4, () => whole.fake.deliver(socket, 'WATCHDOG=1'));
    whole.turnUntil(() => told.length === 3);
    expect(told[2]).toBe('9 unhealthy: UNHEALTHY, no sign of life after 5 s');
  });

  test('may say itself that it is not well', () => {
    const { whole, told } = boot({ ...notify, probe: { kind: 'notify', watchdog: 5 } });
    whole.turnUntil(() => told.length === 1);
    whole.fake.deliver(socket, 'READY=1\nWATCHDOG=trigger');
    whole.turnUntil(() => told.length === 3);
    expect(told[2]).toBe('0 unhealthy: UNHEALTHY, it says so itself');
  });

  test('does not flood the console when it changes its mind all the time', () => {
    const { whole, told, entry } = boot({ ...notify, probe: { kind: 'notify', watchdog: 5 } });
    whole.turnUntil(() => told.length === 1);
    for (let count = 0; count < 50; count += 1) whole.fake.deliver(socket, 'READY=1\nWATCHDOG=trigger');
    whole.fake.deliver(socket, 'READY=1\nWATCHDOG_USEC=1000000000');
    whole.turnUntil(() => told.length === 4);
    expect(told.map((line) => line.split(':')[0])).toEqual(['0 started', '0 healthy', '0 unhealthy', '1 healthy']);
    expect(entry()?.unit.health).toBe('healthy');
  });

  test('cannot keep PID 1 busy with messages: what is too much waits in the socket', () => {
    const { whole, told } = boot(notify);
    whole.turnUntil(() => told.length === 1);
    const before = whole.fake.now;
    for (let count = 0; count < 1000; count += 1) whole.fake.deliver(socket, `STATUS=${count}`);
    whole.fake.deliver(socket, 'READY=1');
    let turns = 0;
    whole.turnUntil(() => {
      turns += 1;
      return told.length === 2;
    });
    // 64 in a quarter of a second.
    expect((whole.fake.now - before) / 1e9).toBeCloseTo(3.75, 1);
    expect(turns).toBeLessThan(200);
    whole.turnUntil(() => whole.statusFile.services[0]?.says === '999');
  });

  test('gets longer to end when it asks for that', () => {
    const { whole, told, system, entry } = boot({ ...notify }, { endsAt: 0 });
    whole.turnUntil(() => told.length === 1);
    const found = entry();
    if (found !== undefined) system.units.ask(found, 'stop', () => undefined);
    whole.fake.deliver(socket, 'STOPPING=1\nEXTEND_TIMEOUT_USEC=60000000');
    whole.turnUntil(() => told.some((line) => line.endsWith('killed')));
    expect(told).toContain('60 killed');
  });

  test('cannot ask for a time that harms PID 1', () => {
    const { whole, told } = boot({ ...notify, probe: { kind: 'notify', watchdog: 5 }, startPeriod: 30 });
    whole.turnUntil(() => told.length === 1);
    for (const time of ['1e300', '9'.repeat(400), '1e-300', '-1', 'NaN'])
      whole.fake.deliver(socket, `EXTEND_TIMEOUT_USEC=${time}\nWATCHDOG_USEC=${time}`);
    whole.fake.deliver(socket, 'WATCHDOG_USEC=1e300\nREADY=1');
    whole.turnUntil(() => told.length === 2);
    whole.machine.loop.after(1, () => whole.fake.deliver(socket, 'WATCHDOG_USEC=7000000'));
    whole.turnUntil(() => told.length === 3);
    expect(told.slice(1)).toEqual(['0 healthy: healthy', '8 unhealthy: UNHEALTHY, no sign of life after 7 s']);
    expect(whole.fake.console).not.toContain('notify:');
  });

  test('gets no longer than was promised while the machine stops, whatever it asked for before', () => {
    for (const isStoppedBefore of [false, true]) {
      const { whole, told, system, entry } = boot(notify, { endsAt: 0 });
      whole.turnUntil(() => told.length === 1);
      const found = entry();
      if (found !== undefined && isStoppedBefore) system.units.ask(found, 'stop', () => undefined);
      else system.units.shutDown(() => undefined);
      whole.fake.deliver(socket, 'STOPPING=1\nEXTEND_TIMEOUT_USEC=900000000');
      whole.machine.loop.turn();
      if (isStoppedBefore) system.units.shutDown(() => undefined);
      whole.turnUntil(() => told.some((line) => line.endsWith('killed')));
      expect(told.at(-1)).toBe('10 killed');
    }
  });

  test('says nothing for its next run', () => {
    const { whole, told, entry } = boot(
      notify,
      { exits: 1, after: 5 },
      {
        restart: { condition: 'always', delay: 1, backoff: 1, maxDelay: 1, window: 60, onGiveUp: 'leave' },
      },
    );
    whole.turnUntil(() => told.length === 1);
    whole.machine.loop.after(5, () => whole.fake.deliver(socket, 'READY=1'));
    whole.turnUntil(() => told.includes('6 started'));
    expect(entry()?.unit.health).toBe('starting');
    whole.turnUntil(() => told.includes('11 ended'));
    expect(told.filter((line) => line.includes('healthy'))).toEqual([]);
  });

  test('and writes what means nothing changes nothing', () => {
    const { whole, told, entry } = boot(notify);
    whole.turnUntil(() => told.length === 1);
    for (const text of ['', '=', 'READY', 'READY=0', 'X=1', 'EXTEND_TIMEOUT_USEC=x', '\u0000\n\n=\n'])
      whole.fake.deliver(socket, text);
    expect(() => whole.turnUntil(() => false)).toThrow('wait forever');
    expect(entry()?.unit.health).toBe('starting');
  });
});

test('nothing wakes PID 1 up while all services run and none is checked', () => {
  const plan = planOf({ services: ['a', 'b'] });
  const whole = new FakeMachine(plan);
  createSystem(whole.machine, plan, 1).boot();
  expect(() => whole.turnUntil(() => false)).toThrow('wait forever');
  expect(whole.fake.console).toContain('booted in');
});
