// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { BootPlan } from '../../../../init/contract/boot-plan.ts';
import type { ContainerPlan, DependencyPlan } from '../../../../init/contract/container-plan.ts';
import type { HealthPlan, UnitPlan } from '../../../../init/contract/unit-plan.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { createUnits, type Units } from '../../../../init/supervise/units.ts';
import { entryPlan, FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';

type Programs = Record<string, FakeProgram>;

const always: UnitPlan['restart'] = {
  condition: 'always',
  delay: 1,
  backoff: 2,
  maxDelay: 60,
  window: 60,
  onGiveUp: 'leave',
};
const checked: HealthPlan = {
  probe: { kind: 'exec', args: ['check'] },
  interval: 5,
  timeout: 2,
  retries: 3,
  startPeriod: 0,
  startInterval: 5,
};

function service(name: string, unit: Partial<UnitPlan> = {}, more: Partial<ContainerPlan> = {}): ContainerPlan {
  return { ...entryPlan('services', name, { isChecked: more.health !== undefined, ...unit }), ...more };
}

const after = (name: string, condition: DependencyPlan['condition'], more: Partial<DependencyPlan> = {}) => ({
  on: name.includes('/') ? name : `services/${name}`,
  condition,
  ...more,
});

/** A system with these services that boots; what it runs and says. */
function boot(services: readonly ContainerPlan[], programs: Programs = {}, onboot: readonly ContainerPlan[] = []) {
  const plan: BootPlan = { ...planOf({}), onboot, services };
  const whole = new FakeMachine(plan, programs);
  whole.fake.files.set('/proc/self/mountinfo', '');
  const system = createSystem(whole.machine, plan, 1);
  system.boot();
  const { fake } = whole;
  // The fake's clock goes on by a nanosecond where a timer is due at once.
  const seconds = (): number => Math.round((fake.now - 1e9) / 1e6) / 1e3;
  return {
    whole,
    system,
    units: system.units,
    seconds,
    console: () => fake.console,
    /** Turns until the console says it; the seconds that have passed since the boot. */
    until: (text: string | RegExp): number => {
      whole.turnUntil(() => (typeof text === 'string' ? fake.console.includes(text) : text.test(fake.console)), 20_000);
      return seconds();
    },
    entry: (name: string) => {
      const found = system.units.list().find(({ plan }) => plan.name === name);
      if (found === undefined) throw new Error(name);
      return found;
    },
  };
}

describe('a service that ends', () => {
  test('is restarted after ever longer delays, each told in one line with its reason', () => {
    const { until, console } = boot([service('web', { restart: always })], { web: { exits: 3, after: 0.5 } });
    until('restart in 8 s');
    const lines = console()
      .split('\n')
      .filter((line) => line.includes('service web'));
    const expected = [
      'started in 0.000 s, pid 100',
      '*** service web: exit code 3 after 0.500 s, restart in 1 s (image example.com/web:1, log /var/log/web.log)',
      'started again in 0.000 s, pid 101',
      'restart in 2 s',
      'started again in 0.000 s, pid 102',
      'restart in 4 s',
      'started again in 0.000 s, pid 103',
      'restart in 8 s',
    ];
    expect(lines).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) expect(lines[index]).toContain(text);
  });

  test('for want of memory says so', () => {
    const { until, console } = boot([service('hog', { restart: always })], {
      hog: { dies: 9, outOfMemory: 'out of memory (limit 64 MiB)' },
    });
    until('restart in 1 s');
    expect(console()).toMatch(
      /\*\*\* service hog: killed by SIGKILL: out of memory \(limit 64 MiB\) after 0\.000 s, restart/,
    );
  });

  test('is given up loudly after so many failures in a row, and the system is degraded', () => {
    const restart = { ...always, condition: 'on-failure', maxAttempts: 3 } as const;
    const { whole, until, console } = boot([service('web', { restart })], { web: { exits: 1 } });
    until('*** service web: GIVEN UP after 3 restarts in a row');
    expect(whole.containers.filter((act) => act === 'start web')).toHaveLength(4);
    expect(whole.containers.filter((act) => act === 'release web')).toHaveLength(4);
    whole.turnUntil(() => whole.statusFile.services[0]?.state === 'exited');
    expect(whole.statusFile).toMatchObject({
      state: 'degraded',
      services: [{ exitCode: 1, restarts: 3, givenUp: true }],
    });
    expect(console().match(/exit code 1/g)).toHaveLength(4);
  });

  test('is given up after so many ends with exit code 0 as well, until somebody starts it', () => {
    const restart = { ...always, maxAttempts: 2 } as const;
    const { whole, until, units, entry } = boot([service('web', { restart })], { web: { exits: 0 } });
    until('*** service web: GIVEN UP after 2 restarts in a row');
    whole.turnUntil(() => whole.statusFile.services[0]?.state === 'exited');
    expect(whole.statusFile).toMatchObject({ state: 'degraded', services: [{ exitCode: 0, givenUp: true }] });
    units.ask(entry('web'), 'start', () => undefined);
    whole.turnUntil(() => whole.statusFile.services[0]?.state === 'restarting');
    expect(whole.statusFile.services[0]?.givenUp).toBeUndefined();
  });

  test('and cannot be restarted may take the machine with it', () => {
    const restart = { ...always, maxAttempts: 1, onGiveUp: 'reboot' } as const;
    const { until, whole } = boot([service('web', { restart })], { web: { fails: 'exec: ENOENT' } });
    until('tskit: reboot asked for by the failure of service web');
    whole.turnUntil(() => whole.fake.calls.some((call) => call.startsWith('reboot')));
    expect(whole.fake.calls.at(-1)).toBe('reboot 1234567');
  });

  test('is not restarted once the machine stops, and not while it waits for that', () => {
    const { until, system, whole } = boot([service('db', { restart: always }), service('web', { restart: always })], {
      web: { exits: 1 },
      db: { endsAt: 15 },
    });
    until('restart in 1 s');
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.includes('reboot 4321fedc'));
    expect(whole.containers.filter((act) => act.startsWith('start'))).toEqual(['start db', 'start web']);
  });
});

test('what a service leaves behind holds up its own restart and nobody else', () => {
  const { until, units, whole, seconds, console } = boot(
    [
      service('web', { restart: always }, { health: { ...checked, interval: 0.5 } }),
      service('db', { restart: always }),
    ],
    { web: { exits: 1, after: 2, leaves: 9, check: () => 0 }, db: { exits: 1, after: 3 } },
  );
  expect(until('service db: started again')).toBe(4);
  expect(console()).not.toContain('service web: exit code');
  // It is gone, whatever is left of it: there is nobody to run a check in.
  expect(units.list()[0]?.container).toBeUndefined();
  expect(whole.containers.filter((act) => act.startsWith('exec web')).length).toBe(4);
  whole.turnUntil(() => whole.containers.includes('release web'));
  expect(seconds()).toBe(11);
  expect(until('service web: started again')).toBe(12);
});

describe('a service that waits', () => {
  test('for a healthy one is held back until the check passes', () => {
    let isWell = false;
    const db = service('db', {}, { health: checked });
    const web = service('web', {}, { after: [after('db', 'healthy')] });
    const { until, whole, console, seconds } = boot([web, db], { db: { check: () => (isWell ? 0 : 1) } });
    whole.turnUntil(() => seconds() >= 10);
    expect(console()).not.toContain('service web');
    expect(console()).not.toContain('booted in');
    isWell = true;
    expect(until('service web: started')).toBe(15);
    expect(console()).toMatch(/service db: healthy\n.*service web: started/);
    until('booted in 15.000 s, 2 services running');
  });

  test('for one that fails is not started, nor what waits for it in turn; both are told loudly', () => {
    const { until, console, whole } = boot(
      [
        service('web', {}, { after: [after('db', 'completed')] }),
        service('proxy', {}, { after: [after('web', 'started')] }),
        service('other', {}, { after: [after('db', 'completed', { optional: true })] }),
        service('db'),
      ],
      { db: { exits: 1, after: 2 } },
    );
    until('booted in');
    expect(console()).toContain('*** service web is not started: db failed\n');
    expect(console()).toContain('*** service proxy is not started: web is not started\n');
    expect(console()).toMatch(/degraded: booted in 2\.000 s, 1 service running, failed: web, proxy, db\n$/);
    expect(whole.containers.filter((act) => act.startsWith('start'))).toEqual(['start db', 'start other']);
    expect(whole.statusFile.services[0]).toMatchObject({ state: 'skipped', error: 'db failed' });
  });

  test('for one that keeps failing does not keep the boot from being over', () => {
    const db = service('db', { restart: always }, { health: checked });
    const { until, console } = boot([db, service('web', {}, { after: [after('db', 'healthy')] })], {
      db: { exits: 1 },
    });
    until('booted in');
    expect(console()).toMatch(/degraded: booted in 0\.000 s, 0 services running, failed: db, waiting: web\n/);
  });

  test('for one that is found unhealthy is not started, nor what waits for it, and the boot is degraded', () => {
    const { until, console, whole } = boot(
      [
        service('db', {}, { health: { ...checked, retries: 2 } }),
        service('web', {}, { after: [after('db', 'healthy')] }),
        service('proxy', {}, { after: [after('web', 'started')] }),
        service('other', {}, { after: [after('db', 'healthy', { optional: true })] }),
        service('log', {}, { after: [after('db', 'started')] }),
      ],
      { db: { check: () => 1 } },
    );
    expect(until('booted in')).toBe(10);
    expect(console()).toContain('*** service web is not started: db is unhealthy\n');
    expect(console()).toContain('*** service proxy is not started: web is not started\n');
    expect(console()).toMatch(/degraded: booted in 10\.000 s, 3 services running, failed: db, web, proxy\n$/);
    expect(whole.containers.filter((act) => act.startsWith('start'))).toEqual(['start db', 'start log', 'start other']);
    expect(whole.statusFile).toMatchObject({
      state: 'degraded',
      services: [{}, { state: 'skipped', error: 'db is unhealthy' }, {}, {}, {}],
    });
  });

  test('for an unhealthy one is started when that becomes healthy after all, and so is what waits for it', () => {
    let isWell = false;
    const { until, whole } = boot(
      [
        service('db', {}, { health: { ...checked, retries: 1 } }),
        service('web', {}, { after: [after('db', 'healthy')] }),
        service('proxy', {}, { after: [after('web', 'started')] }),
      ],
      { db: { check: () => (isWell ? 0 : 1) } },
    );
    until('booted in');
    isWell = true;
    expect(until('service proxy: started')).toBe(10);
    expect(whole.machine.status.current()).toMatchObject({
      state: 'running',
      services: [{}, { state: 'running' }, { state: 'running' }],
    });
    expect(JSON.stringify(whole.machine.status.current())).not.toContain('unhealthy');
  });

  test('for one that is restarted as unhealthy waits on, until that is given up', () => {
    const { until, console } = boot(
      [
        service(
          'db',
          { onUnhealthy: 'restart', restart: { ...always, maxAttempts: 1 } },
          { health: { ...checked, retries: 1 } },
        ),
        service('web', {}, { after: [after('db', 'healthy')] }),
      ],
      { db: { check: () => 1, endsAt: 15 } },
    );
    until('service db: started again');
    expect(console()).not.toContain('service web');
    until('service db: GIVEN UP');
    until('service web is not started: db failed');
  });

  test('is not started after all when the machine stops meanwhile', () => {
    let isWell = false;
    const { until, whole, system } = boot(
      [
        service('db', {}, { health: { ...checked, retries: 1 } }),
        service('web', {}, { after: [after('db', 'healthy')] }),
      ],
      { db: { check: () => (isWell ? 0 : 1) } },
    );
    until('booted in');
    isWell = true;
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.includes('reboot 4321fedc'));
    expect(whole.containers.filter((act) => act.startsWith('start'))).toEqual(['start db']);
  });

  test('for onboot entries is started when the last of them is over, whatever it came to', () => {
    const { until, whole } = boot(
      [service('web'), service('early', {}, { waitsForOnboot: false })],
      { slow: { exits: 1, after: 3 }, fast: { exits: 0 }, early: {} },
      [entryPlan('onboot', 'slow'), entryPlan('onboot', 'fast')],
    );
    expect(until('service web: started')).toBe(3);
    expect(whole.containers.filter((act) => act.startsWith('start'))).toEqual([
      'start slow',
      'start fast',
      'start early',
      'start web',
    ]);
  });

  test('in a chain of thousands that are skipped says so of each, and the loop is served meanwhile', () => {
    const chain = Array.from({ length: 3000 }, (_, index) =>
      service(`s${index}`, {}, { after: index === 0 ? [] : [after(`s${index - 1}`, 'started')] }),
    );
    const { until, console } = boot(chain, { s0: { fails: 'exec: ENOENT' } });
    until('booted in');
    expect(console().match(/is not started/g)).toHaveLength(2 * 2999 - 1);
  });
});

describe('somebody', () => {
  test('who stops a service gets an answer when it has ended, and it is not started again', () => {
    const { until, units, entry, whole, console } = boot([service('web', { restart: always })], {
      web: { endsAt: 15, after: 1 },
    });
    until('booted in');
    const answers: string[] = [];
    units.ask(entry('web'), 'stop', () => answers.push(entry('web').unit.phase));
    expect(answers).toEqual([]);
    whole.turnUntil(() => answers.length > 0);
    expect(answers).toEqual(['ended']);
    expect(console()).toMatch(/\] service web: stopped, exit code 0 after/);
    whole.turnUntil(() => whole.statusFile.services[0]?.state === 'stopped');
    expect(whole.statusFile.state).toBe('running');
    units.ask(entry('web'), 'start', () => answers.push(entry('web').unit.phase));
    expect(answers).toEqual(['ended', 'running']);
  });

  test('who restarts a service restarts what asks for that, when it is well again', () => {
    const { until, units, entry, whole, seconds } = boot(
      [
        service('db', {}, { health: checked }),
        service('web', {}, { after: [after('db', 'healthy', { restart: true })] }),
        service('other', {}, { after: [after('db', 'healthy')] }),
      ],
      { db: { endsAt: 15, check: () => 0 }, web: { endsAt: 15 } },
    );
    until('booted in 5.000 s');
    const before = whole.containers.length;
    units.ask(entry('db'), 'restart', () => undefined);
    whole.turnUntil(() => whole.containers.slice(before).includes('start web'));
    expect(whole.containers.slice(before).filter((act) => !act.startsWith('exec'))).toEqual([
      'signal db 15',
      'release db',
      'start db',
      'signal web 15',
      'release web',
      'start web',
    ]);
    expect(seconds()).toBe(10);
  });

  test('who restarted a service does not restart the others each time that it comes back by itself', () => {
    const { until, units, entry, whole, seconds } = boot(
      [service('db', { restart: always }), service('web', {}, { after: [after('db', 'started', { restart: true })] })],
      { db: { endsAt: 15 }, web: { endsAt: 15 } },
    );
    until('booted in');
    units.ask(entry('db'), 'restart', () => undefined);
    whole.turnUntil(() => entry('web').unit.starts === 2 && entry('web').container !== undefined);
    whole.fake.end(whole.pidOf('db'), 9);
    whole.turnUntil(() => entry('db').unit.starts === 3 && seconds() >= 1);
    expect(() => whole.turnUntil(() => false)).toThrow('wait forever');
    expect(entry('web').unit.starts).toBe(2);
  });
});

describe('the end', () => {
  const powerOff = 'reboot 4321fedc';

  test('comes in reverse order of dependencies, each entry with its own grace period', () => {
    const { until, system, whole, console, seconds } = boot(
      [
        service('db', { stopGrace: 30 }),
        service('web', { stopGrace: 3 }, { after: [after('db', 'started')] }),
        service('proxy', {}, { after: [after('web', 'started')] }),
        service('other'),
      ],
      { db: { endsAt: 15 }, proxy: { endsAt: 15 }, other: { endsAt: 15 } },
    );
    until('booted in');
    const before = whole.containers.length;
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.includes(powerOff));
    expect(whole.containers.slice(before)).toEqual([
      'signal proxy 15',
      'signal other 15',
      'release proxy',
      'signal web 15',
      'release other',
      'kill web',
      'release web',
      'signal db 15',
      'release db',
    ]);
    expect(console()).toContain('*** service web: still running after 3 s, killed');
    expect(seconds()).toBeCloseTo(3, 0);
  });

  test('does not wait for one that cannot even be killed longer than two seconds', () => {
    const { until, system, whole, seconds } = boot(
      [service('db'), service('web', {}, { after: [after('db', 'started')] })],
      { web: { isStuck: true }, db: { endsAt: 15 } },
    );
    until('booted in');
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.includes(powerOff));
    expect(whole.containers).toContain('signal db 15');
    expect(seconds()).toBeCloseTo(12, 0);
  });
});

test('in an emergency nothing more is started and what runs is stopped, yet the machine stays on', () => {
  const { until, console, whole } = boot(
    [service('web'), service('early', {}, { waitsForOnboot: false })],
    { disk: { exits: 1, after: 2, prints: 'no such disk\n' }, early: { endsAt: 15 } },
    [entryPlan('onboot', 'disk', { onFailure: 'emergency' })],
  );
  until('everything is stopped');
  expect(console()).toMatch(
    /onboot entry "disk" failed, and its on_failure is "emergency"[^]*no such disk[^]*what runs is stopped/,
  );
  expect(whole.containers).toEqual(['start disk', 'start early', 'release disk', 'signal early 15', 'release early']);
  expect(whole.fake.calls.filter((call) => call.startsWith('reboot'))).toEqual([]);
  expect(whole.statusFile.state).toBe('halted');
});

test('an onboot entry that takes too long is stopped, and has failed', () => {
  const { until, console } = boot([], { slow: { endsAt: 15 } }, [entryPlan('onboot', 'slow', { timeout: 7 })]);
  until('booted in 7.000 s');
  expect(console()).toContain('*** onboot slow: not done after 7 s, stopped');
  expect(console()).toContain('*** onboot slow: FAILED, exit code 0 after 7.000 s');
});

describe('thousands of restarts', () => {
  const restart = { ...always, delay: 0.01, maxDelay: 0.01 };

  function crash(units: Units, whole: FakeMachine, times: number): void {
    const entry = units.list()[0];
    for (let count = 0; count < times; count += 1) {
      whole.fake.end(whole.pidOf('web'), 9);
      const before = entry?.unit.starts ?? 0;
      whole.turnUntil(() => (entry?.unit.starts ?? 0) > before);
      // The fake's own records.
      whole.fake.calls.length = 0;
      whole.fake.signals.length = 0;
      whole.containers.length = 0;
      whole.fake.files.set('/dev/console', '');
    }
  }

  test('leave nothing behind: descriptors, timers, memory', () => {
    const { whole, units, until } = boot([service('web', { restart }, { health: checked })], {
      web: { check: () => 0 },
    });
    until('booted in');
    crash(units, whole, 500);
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const used = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const descriptors = whole.fake.openDescriptors.length;
    const before = used();
    crash(units, whole, 3000);
    expect(whole.fake.openDescriptors).toHaveLength(descriptors);
    expect(used() - before).toBeLessThan(300_000);
    expect(whole.machine.events.list().length).toBeLessThanOrEqual(500);
  });

  test('are each told once: kills, ends and starts are equal', () => {
    const { whole, units, until } = boot([service('web', { restart })]);
    until('booted in');
    const kinds: string[] = [];
    whole.machine.events.follow(({ kind, text }) => kinds.push(`${kind} ${text.replace(/[0-9.]+( s|$)/g, 'N$1')}`));
    crash(units, whole, 200);
    expect(kinds).toHaveLength(400);
    expect(new Set(kinds)).toEqual(
      new Set([
        'ended killed by SIGKILL after N s, restart in N s (image example.com/web:1, log /var/log/web.log)',
        'started started again in N s, pid N',
      ]),
    );
  });
});

test('entries can be had without any others', () => {
  const whole = new FakeMachine(planOf({}));
  let isSettled = false;
  createUnits(whole.machine, {}, { onSettled: () => (isSettled = true), onSystem: () => undefined }).start();
  expect(isSettled).toBe(true);
});

describe('a pod', () => {
  const shop = { pod: 'shop' };
  const start = () =>
    boot([service('web', {}, shop), service('db', {}, shop), service('other')], {
      web: { endsAt: 15 },
      // Ends when its grace period is over.
      db: {},
    });

  test('stops and starts as a whole, whichever of its services is asked for, and the answer is for all', () => {
    const { until, units, entry, whole } = start();
    until('booted in');
    const phases = () => ['web', 'db', 'other'].map((name) => entry(name).unit.phase);
    const answers: (readonly string[])[] = [];
    units.ask(entry('web'), 'stop', () => answers.push(phases()));
    whole.turnUntil(() => entry('web').unit.phase === 'ended');
    expect(answers).toEqual([]);
    whole.turnUntil(() => answers.length > 0);
    units.ask(entry('db'), 'start', () => answers.push(phases()));
    expect(answers).toEqual([
      ['ended', 'ended', 'running'],
      ['running', 'running', 'running'],
    ]);
  });

  test('goes on when one of its services is restarted', () => {
    const { until, units, entry, whole } = start();
    until('booted in');
    units.ask(entry('web'), 'restart', () => undefined);
    whole.turnUntil(() => entry('web').unit.starts === 2);
    expect(entry('db').unit.starts).toBe(1);
  });
});
