// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createSystem } from '../../../../init/supervise/system.ts';
import { FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';

type Sections = Parameters<typeof planOf>[0];

function boot(sections: Sections, programs: Readonly<Record<string, FakeProgram>> = {}, echo = false) {
  const plan = planOf(sections);
  const whole = new FakeMachine(plan, programs, echo);
  const system = createSystem(whole.machine, plan, 0.5);
  system.boot();
  return { whole, system, console: () => whole.fake.console, status: () => whole.statusFile };
}

function booted(sections: Sections, programs: Readonly<Record<string, FakeProgram>> = {}) {
  const system = boot(sections, programs);
  system.whole.turnUntil(() => /booted/.test(system.console()));
  return system;
}

const done: FakeProgram = { exits: 0 };

describe('a boot', () => {
  test('runs onboot entries one after the other, then starts the services', () => {
    const { whole, console, status } = boot({ onboot: ['a', 'b'], services: ['web', 'db'] }, { a: done, b: done });
    whole.turnUntil(() => /booted/.test(console()));
    expect(whole.containers).toEqual(['start a', 'release a', 'start b', 'release b', 'start web', 'start db']);
    expect(console()).toMatch(/onboot a: done in [0-9.]+ s\n.*onboot b: done.*\n.*service web: started.*pid 102\n/);
    expect(console()).toMatch(/\] tskit: booted in 0\.500 s, 2 services running\n$/);
    expect(status()).toMatchObject({
      state: 'running',
      bootSeconds: 0.5,
      onboot: [{ name: 'a', state: 'exited', exitCode: 0 }, { name: 'b' }],
      services: [
        { name: 'web', state: 'running', pid: 102 },
        { name: 'db', state: 'running' },
      ],
    });
  });

  test('took a whole number of milliseconds', () => {
    const { whole, status } = boot({});
    whole.machine.status.booted(0.49999999999);
    expect(status().bootSeconds).toBe(0.5);
  });

  test('without entries is over at once', () => {
    const { console, status } = boot({});
    expect(console()).toMatch(/booted in .* 0 services running/);
    expect(status().state).toBe('running');
  });

  test('serves the loop between the starts of two services', () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const { whole, console } = boot({ services: names }, { s0: { exits: 1 } });
    const startedWhen: number[] = [];
    whole.machine.loop.after(0, () => startedWhen.push(whole.containers.length));
    whole.turnUntil(() => /booted/.test(console()));
    expect(startedWhen[0]).toBeLessThan(3);
    // The first is reaped while most others have not been started.
    expect(whole.containers.indexOf('release s0')).toBeLessThan(4);
    expect(console().match(/booted in/g)).toHaveLength(1);
    expect(console()).toMatch(/service s19: started.*\n.*degraded: booted in .* 19 services running, failed: s0\n$/);
  });

  test('goes through thousands of entries that cannot be started', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `e${index}`);
    const programs = Object.fromEntries(names.map((name) => [name, { fails: 'exec: ENOENT' }]));
    const { whole, console } = boot({ onboot: names }, programs);
    whole.turnUntil(() => /booted/.test(console()), 20_000);
    expect(console().match(/FAILED/g)).toHaveLength(5000);
  });

  test('goes on after an entry that fails, loudly, and says that it is degraded', () => {
    const { whole, console, status } = boot(
      { onboot: ['bad', 'good'], services: ['web'] },
      { bad: { exits: 3, prints: 'first\noh no\n' }, good: done },
    );
    whole.turnUntil(() => /booted/.test(console()));
    expect(console()).toMatch(
      /\*\*\* onboot bad: FAILED, exit code 3 after .*example\.com\/bad:1.*\/var\/log\/onboot\/bad\.log/,
    );
    expect(console()).toContain('\nbad: first\nbad: oh no\n');
    expect(console()).toMatch(/\*\*\* tskit: degraded: booted in .* 1 service running, failed: bad\n$/);
    expect(status()).toMatchObject({ state: 'degraded', onboot: [{ exitCode: 3 }, { exitCode: 0 }] });
  });

  test('tells of an entry that was killed, and of one that cannot be started', () => {
    const { whole, console, status } = boot(
      { onboot: ['crash', 'missing', 'good'] },
      { crash: { dies: 11 }, missing: { fails: 'exec "/bin/x": ENOENT' }, good: done },
    );
    whole.turnUntil(() => /booted/.test(console()));
    expect(console()).toContain('onboot crash: FAILED, killed by SIGSEGV');
    expect(console()).toContain('onboot missing: FAILED, could not be started: exec "/bin/x": ENOENT');
    expect(status().onboot).toMatchObject([
      { state: 'exited', signal: 'SIGSEGV' },
      { state: 'failed', error: 'exec "/bin/x": ENOENT' },
      { state: 'exited', exitCode: 0 },
    ]);
    expect(status().onboot[0]).not.toHaveProperty('exitCode');
  });

  test('tells of one that had too little memory, whether it was killed itself or one of its processes', () => {
    const outOfMemory = 'out of memory (limit 32 MiB)';
    const { whole, console, status } = boot(
      { onboot: ['hog', 'shell', 'fine'] },
      { hog: { dies: 9, outOfMemory }, shell: { exits: 137, outOfMemory }, fine: { exits: 0, outOfMemory } },
    );
    whole.turnUntil(() => /booted/.test(console()));
    expect(console()).toContain('onboot hog: FAILED, killed by SIGKILL: out of memory (limit 32 MiB) after 0.000 s (');
    expect(console()).toContain(
      'onboot shell: FAILED, exit code 137, a process of it was killed: out of memory (limit 32 MiB) after',
    );
    expect(console()).toContain('onboot fine: done');
    expect(status().onboot).toMatchObject([
      { signal: 'SIGKILL', error: outOfMemory },
      { exitCode: 137, error: outOfMemory },
      { exitCode: 0, error: outOfMemory },
    ]);
  });

  test.each([
    ['exits with an error', { exits: 4, prints: 'no disk found\n' }, 'exit code 4', '    no disk found\n'],
    ['cannot be started', { fails: 'exec: ENOENT' }, 'could not be started: exec: ENOENT', 'it wrote nothing'],
  ])('stops at an entry with on_failure halt that %s, and says why', (_, program, result, output) => {
    const { whole, console, status } = boot(
      { onboot: ['disk!', 'after'], services: ['web'] },
      { disk: program, after: done },
    );
    whole.turnUntil(() => /boot stopped/.test(console()));
    expect(whole.containers.filter((act) => act.startsWith('start') && act !== 'start disk')).toEqual([]);
    const screen = console().slice(console().indexOf('======'));
    expect(screen).toContain('onboot entry "disk" failed');
    expect(screen).toContain('example.com/disk:1');
    expect(screen).toContain(result);
    expect(screen).toContain('/var/log/onboot/disk.log');
    expect(screen).toContain(output);
    expect(status().state).toBe('halted');
    expect(status().services).toMatchObject([{ state: 'waiting' }]);
  });

  test('shows the output of containers when asked', () => {
    const { whole, console } = boot({ onboot: ['a'] }, { a: { exits: 0, prints: 'one\ntwo\n' } }, true);
    whole.turnUntil(() => /booted/.test(console()));
    expect(console()).toContain('a: one\na: two\n');
  });

  test('reports a service that ends later in one line, and is degraded when that was a failure', () => {
    const { whole, console, status } = boot({ services: ['job', 'web'] });
    whole.turnUntil(() => /booted/.test(console()));
    whole.fake.end(whole.pidOf('job'), 0);
    whole.turnUntil(() => console().includes('ended with exit code 0'));
    expect(status().state).toBe('running');
    whole.fake.end(whole.pidOf('web'), 9);
    whole.turnUntil(() => /\*\*\* service web: killed by SIGKILL after .*\/var\/log\/web\.log/.test(console()));
    whole.turnUntil(() => status().state === 'degraded');
  });

  test('names the first ten of those that failed, and says how many more there are', () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const { whole, console } = boot(
      { services: names },
      Object.fromEntries(names.map((name) => [name, { fails: 'exec: ENOENT' }])),
    );
    whole.turnUntil(() => /booted/.test(console()));
    expect(console()).toMatch(/0 services running, failed: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more\n$/);
  });

  test('leaves no descriptor behind for entries that ended', () => {
    const { whole, console } = boot({ onboot: ['a', 'b', 'c'] }, { a: done, b: { fails: 'x' }, c: done });
    const epollTimerConsole = 3;
    whole.turnUntil(() => /booted/.test(console()));
    expect(whole.fake.openDescriptors).toHaveLength(epollTimerConsole);
  });
});

describe('a stop', () => {
  const powerOff = 'reboot 4321fedc';
  const stopped = (whole: FakeMachine) => (): boolean => whole.fake.calls.some((call) => call.startsWith('reboot'));

  test('signals the services, waits for them, runs onshutdown and powers off', () => {
    const { whole, system, console, status } = booted(
      { services: ['web', 'db'], onshutdown: ['bye'] },
      { web: { endsAt: 15 }, db: { endsAt: 15 }, bye: { exits: 0 } },
    );
    whole.fake.files.set('/proc/self/mountinfo', '');
    const before = whole.fake.now;
    system.stop('poweroff', 'the power button');
    expect(status().state).toBe('stopping');
    whole.turnUntil(stopped(whole));
    expect(whole.containers.slice(2)).toEqual([
      'signal web 15',
      'signal db 15',
      'release web',
      'release db',
      'start bye',
      'release bye',
    ]);
    expect(whole.fake.calls.slice(-3)).toEqual(['kill -1 9', 'clone3 17', powerOff]);
    expect((whole.fake.now - before) / 1e9).toBeLessThan(1);
    expect(console()).toContain('poweroff asked for by the power button');
    expect(console()).not.toContain('***');
  });

  test('kills what is still there after ten seconds', () => {
    const { whole, system, console } = booted({ services: ['web', 'deaf'] }, { web: { endsAt: 15 } });
    whole.fake.files.set('/proc/self/mountinfo', '');
    const before = whole.fake.now;
    system.stop('reboot', 'a signal');
    whole.turnUntil(stopped(whole));
    expect(whole.containers).toContain('kill deaf');
    expect(whole.containers).not.toContain('kill web');
    expect(console()).toContain('*** service deaf: still running after 10 s, killed');
    expect((whole.fake.now - before) / 1e9).toBeCloseTo(10, 0);
    expect(whole.fake.calls.at(-1)).toBe('reboot 1234567');
  });

  test("uses each image's own stop signal", () => {
    const plan = planOf({ services: ['nginx'] });
    const services = plan.services.map((entry) => ({ ...entry, stopSignal: 'SIGQUIT' }));
    const whole = new FakeMachine({ ...plan, services }, { nginx: { endsAt: 3 } });
    whole.fake.files.set('/proc/self/mountinfo', '');
    const system = createSystem(whole.machine, { ...plan, services }, 0);
    system.boot();
    whole.turnUntil(() => /booted/.test(whole.fake.console));
    system.stop('halt', 'tsctl');
    whole.turnUntil(stopped(whole));
    expect(whole.containers).toContain('signal nginx 3');
    expect(whole.fake.calls.at(-1)).toBe('reboot cdef0123');
  });

  test('during onboot ends the entry that runs and starts no other', () => {
    const { whole, system } = boot({ onboot: ['slow', 'next'], services: ['web'] }, { slow: { endsAt: 15 } });
    whole.fake.files.set('/proc/self/mountinfo', '');
    whole.turnUntil(() => whole.containers.includes('start slow'));
    system.stop('poweroff', 'the power button');
    whole.turnUntil(stopped(whole));
    expect(whole.containers).toEqual(['start slow', 'signal slow 15', 'release slow']);
  });

  test('while services start ends those that run and starts no other', () => {
    const { whole, system, console } = boot({ services: ['a', 'b', 'c'] }, { a: { endsAt: 15 }, b: { endsAt: 15 } });
    whole.fake.files.set('/proc/self/mountinfo', '');
    whole.turnUntil(() => whole.containers.includes('start a'));
    system.stop('poweroff', 'the power button');
    whole.turnUntil(stopped(whole));
    expect(whole.containers).toEqual(['start a', 'signal a 15', 'release a']);
    expect(console()).not.toContain('booted in');
  });

  test('between two onboot entries starts no other', () => {
    const { whole, system } = boot({ onboot: ['first', 'next'] }, { first: done });
    whole.fake.files.set('/proc/self/mountinfo', '');
    whole.turnUntil(() => whole.containers.includes('release first'));
    system.stop('poweroff', 'the power button');
    whole.turnUntil(stopped(whole));
    expect(whole.containers).toEqual(['start first', 'release first']);
  });

  test('counts once, whoever asks again', () => {
    const { whole, system } = booted({ services: ['web'] }, { web: { endsAt: 15 } });
    whole.fake.files.set('/proc/self/mountinfo', '');
    system.stop('poweroff', 'the power button');
    system.stop('reboot', 'a signal');
    whole.turnUntil(stopped(whole));
    expect(whole.containers.filter((act) => act.startsWith('signal'))).toHaveLength(1);
    expect(whole.fake.calls.at(-1)).toBe(powerOff);
  });

  test('does not wait for ever for an onshutdown entry', () => {
    const { whole, system, console } = booted({ onshutdown: ['hangs'] });
    whole.fake.files.set('/proc/self/mountinfo', '');
    system.stop('poweroff', 'tsctl');
    whole.turnUntil(stopped(whole));
    expect(console()).toContain('*** onshutdown: not done after 60 s, given up');
  });
});
