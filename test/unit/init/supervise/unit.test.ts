// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { UnitPlan } from '../../../../init/contract/unit-plan.ts';
import { newUnit, type Step, type Unit, type UnitEvent } from '../../../../init/supervise/unit.ts';
import { restartDelay } from '../../../../init/supervise/unit-end.ts';
import { stepUnit } from '../../../../init/supervise/unit-step.ts';
import { Random } from '../../../support/mutation.ts';

const restart = { condition: 'always', delay: 1, backoff: 2, maxDelay: 8, window: 10, onGiveUp: 'leave' } as const;
const service: UnitPlan = {
  isService: true,
  restart,
  stopGrace: 10,
  onFailure: 'continue',
  onUnhealthy: 'restart',
  isChecked: true,
};
const job: UnitPlan = { ...service, isService: false, isChecked: false, timeout: 30, onFailure: 'halt' };

const good: UnitEvent = { kind: 'ended', end: { ok: true, ran: true, seconds: 1 } };
const bad: UnitEvent = { kind: 'ended', end: { ok: false, ran: true, seconds: 1 } };
const late: UnitEvent = { kind: 'ended', end: { ok: false, ran: true, seconds: 60 } };
const never: UnitEvent = { kind: 'ended', end: { ok: false, ran: false, seconds: 0 } };
const on = (kind: Exclude<UnitEvent['kind'], 'ended'>): UnitEvent => ({ kind });

/** States by how one gets there. */
const ways: Readonly<Record<string, readonly UnitEvent[]>> = {
  waiting: [],
  running: [on('ready')],
  healthy: [on('ready'), on('healthy')],
  stopping: [on('ready'), on('stop')],
  'to be restarted': [on('ready'), on('restart')],
  unwell: [on('ready'), on('unhealthy')],
  killed: [on('ready'), on('stop'), on('timer')],
  delayed: [on('ready'), bad],
  ended: [on('ready'), on('stop'), bad],
  skipped: [on('skip')],
  last: [on('ready'), on('shutdown')],
};

function follow(plan: UnitPlan, events: readonly UnitEvent[]): Step {
  return events.reduce<Step>((step, event) => stepUnit(plan, step.unit, event), { unit: newUnit, acts: [] });
}

/** "running healthy: kill, timer 2" */
function say({ unit, acts }: Step): string {
  const { phase, health, afterStop, result, isLast } = unit;
  const done = acts.map((act) => (act.do === 'timer' ? `timer ${act.seconds}` : act.do));
  const words = [phase, health, afterStop, result, isLast === true ? 'last' : undefined];
  return `${words.filter((word) => word !== undefined).join(' ')}${done.length === 0 ? '' : `: ${done.join(', ')}`}`;
}

const events: Readonly<Record<string, UnitEvent>> = {
  ready: on('ready'),
  skip: on('skip'),
  'ended well': good,
  'ended badly': bad,
  timer: on('timer'),
  healthy: on('healthy'),
  unhealthy: on('unhealthy'),
  start: on('start'),
  stop: on('stop'),
  restart: on('restart'),
  shutdown: on('shutdown'),
};

// What is not listed changes nothing.
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  waiting: {
    ready: 'running starting: launch',
    skip: 'skipped',
    stop: 'ended stopped: cancel timer',
    shutdown: 'ended stopped last: cancel timer',
  },
  running: {
    'ended well': 'delayed: cancel timer, timer 1',
    'ended badly': 'delayed: cancel timer, timer 1',
    healthy: 'running healthy',
    unhealthy: 'stopping retry: signal, timer 10',
    stop: 'stopping stop: signal, timer 10',
    restart: 'stopping restart: signal, timer 10',
    shutdown: 'running starting last',
  },
  healthy: {
    'ended well': 'delayed: cancel timer, timer 1',
    'ended badly': 'delayed: cancel timer, timer 1',
    unhealthy: 'stopping retry: signal, timer 10',
    stop: 'stopping stop: signal, timer 10',
    restart: 'stopping restart: signal, timer 10',
    shutdown: 'running healthy last',
  },
  stopping: {
    'ended well': 'ended stopped: cancel timer',
    'ended badly': 'ended stopped: cancel timer',
    timer: 'stopping stop: kill, timer 2',
    start: 'stopping restart',
    restart: 'stopping restart',
    shutdown: 'stopping stop last',
  },
  'to be restarted': {
    'ended well': 'running starting: cancel timer, launch',
    'ended badly': 'running starting: cancel timer, launch',
    timer: 'stopping restart: kill, timer 2',
    stop: 'stopping stop',
    shutdown: 'stopping stop last',
  },
  unwell: {
    'ended well': 'delayed: cancel timer, timer 1',
    'ended badly': 'delayed: cancel timer, timer 1',
    timer: 'stopping retry: kill, timer 2',
    start: 'stopping restart',
    stop: 'stopping stop',
    restart: 'stopping restart',
    shutdown: 'stopping stop last',
  },
  killed: {
    'ended well': 'ended stopped: cancel timer',
    'ended badly': 'ended stopped: cancel timer',
    timer: 'stopping stop: kill, timer 4',
    start: 'stopping restart',
    restart: 'stopping restart',
    shutdown: 'stopping stop last',
  },
  delayed: {
    timer: 'running starting: launch',
    start: 'running starting: cancel timer, launch',
    stop: 'ended stopped: cancel timer',
    restart: 'running starting: cancel timer, launch',
    shutdown: 'ended stopped last: cancel timer',
  },
  ended: {
    start: 'running starting: cancel timer, launch',
    restart: 'running starting: cancel timer, launch',
    shutdown: 'ended stopped last',
  },
  skipped: {
    ready: 'running starting: launch',
    start: 'running starting: cancel timer, launch',
    restart: 'running starting: cancel timer, launch',
    shutdown: 'skipped last',
  },
  last: {
    'ended well': 'ended done last: cancel timer',
    'ended badly': 'ended failed last: cancel timer',
    healthy: 'running healthy last',
    unhealthy: 'running unhealthy last',
    stop: 'stopping stop last: signal, timer 10',
  },
};

describe('every event in every state', () => {
  const cases = Object.keys(ways).flatMap((state) => Object.keys(events).map((event) => [state, event] as const));
  test.each(cases)('%s, %s', (state, event) => {
    const before = follow(service, ways[state] ?? []).unit;
    const given = events[event];
    if (given === undefined) throw new Error(event);
    const step = stepUnit(service, before, given);
    const expected = table[state]?.[event];
    expect(say(step)).toBe(expected ?? say({ unit: before, acts: [] }));
  });
});

describe('an entry that runs once', () => {
  test('does to the system what it says when it fails, and nothing when it does not', () => {
    expect(say(follow(job, [on('ready'), bad]))).toBe('ended failed: cancel timer, system');
    expect(say(follow(job, [on('ready'), never]))).toBe('ended failed: cancel timer, system');
    expect(say(follow(job, [on('ready'), good]))).toBe('ended done: cancel timer');
    expect(say(follow({ ...job, onFailure: 'continue' }, [on('ready'), bad]))).toBe('ended failed: cancel timer');
  });

  test('has failed when its time is over, however it ends then', () => {
    expect(say(follow(job, [on('ready')]))).toBe('running: timer 30, launch');
    expect(say(follow(job, [on('ready'), on('timer')]))).toBe('stopping fail: signal, timer 10');
    expect(say(follow(job, [on('ready'), on('timer'), good]))).toBe('ended failed: cancel timer, system');
  });

  test('fails quietly while the machine stops', () => {
    expect(say(follow(job, [on('ready'), on('shutdown'), bad]))).toBe('ended failed last: cancel timer');
  });
});

describe('a service that ends', () => {
  const withRestart = (more: Partial<UnitPlan['restart']>): UnitPlan => ({
    ...service,
    restart: { ...restart, ...more },
  });

  test.each([
    ['no', good, 'ended done: cancel timer'],
    ['no', bad, 'ended failed: cancel timer'],
    ['on-failure', good, 'ended done: cancel timer'],
    ['on-failure', bad, 'delayed: cancel timer, timer 1'],
    ['on-failure', never, 'delayed: cancel timer, timer 1'],
    ['always', good, 'delayed: cancel timer, timer 1'],
    ['unless-stopped', good, 'delayed: cancel timer, timer 1'],
  ] as const)('with restart: %s', (condition, event, expected) => {
    expect(say(follow(withRestart({ condition }), [on('ready'), event]))).toBe(expected);
  });

  test('is started again after ever longer delays, up to the longest', () => {
    const delays: number[] = [];
    let unit = follow(service, [on('ready')]).unit;
    for (let count = 0; count < 6; count += 1) {
      const step = stepUnit(service, unit, bad);
      for (const act of step.acts) if (act.do === 'timer') delays.push(act.seconds);
      unit = stepUnit(service, step.unit, on('timer')).unit;
    }
    expect(delays).toEqual([1, 2, 4, 8, 8, 8]);
    expect(unit.starts).toBe(7);
    expect(restartDelay(restart, 1e9)).toBe(8);
  });

  test('has recovered when it ran for as long as the window', () => {
    const { unit } = follow(service, [on('ready'), bad, on('timer'), bad, on('timer')]);
    expect(say(stepUnit(service, unit, late))).toBe('delayed: cancel timer, timer 1');
    expect(say(stepUnit(service, unit, bad))).toBe('delayed: cancel timer, timer 4');
  });

  test.each([
    ['leave', 'ended failed: cancel timer, give up'],
    ['reboot', 'ended failed: cancel timer, give up, system'],
  ] as const)('is given up after so many restarts in a row: %s', (onGiveUp, expected) => {
    const plan = withRestart({ maxAttempts: 2, onGiveUp });
    const tries = [on('ready'), bad, on('timer'), bad, on('timer')];
    expect(say(follow(plan, tries))).toBe('running starting: launch');
    expect(say(follow(plan, [...tries, bad]))).toBe(expected);
    expect(say(follow(plan, [...tries, late]))).toBe('delayed: cancel timer, timer 1');
  });

  test('of its own accord does so for somebody who asked for a restart, whose earlier failures count no more', () => {
    const { unit } = follow(service, [on('ready'), bad, on('timer'), bad, on('restart')]);
    expect(unit).toMatchObject({ phase: 'running', failures: 0, starts: 3 });
  });
});

describe('health', () => {
  test.each([
    ['restart', 'stopping retry: signal, timer 10'],
    ['ignore', 'running unhealthy'],
    ['reboot', 'running unhealthy: system'],
  ] as const)('that fails means: %s', (onUnhealthy, expected) => {
    expect(say(follow({ ...service, onUnhealthy }, [on('ready'), on('healthy'), on('unhealthy')]))).toBe(expected);
  });

  test('comes back, and fails once however often that is told', () => {
    const plan: UnitPlan = { ...service, onUnhealthy: 'reboot' };
    const path = [on('ready'), on('unhealthy')];
    expect(say(follow(plan, [...path, on('unhealthy')]))).toBe('running unhealthy');
    expect(say(follow(plan, [...path, on('healthy')]))).toBe('running healthy');
  });

  test('restarts a service that is not restarted otherwise', () => {
    const plan: UnitPlan = { ...service, restart: { ...restart, condition: 'no' } };
    expect(say(follow(plan, [on('ready'), on('unhealthy'), good]))).toBe('delayed: cancel timer, timer 1');
  });

  test('means nothing where nothing is checked', () => {
    const plan: UnitPlan = { ...service, isChecked: false };
    expect(say(follow(plan, [on('ready'), on('unhealthy')]))).toBe('running');
  });
});

// A model of what is outside: one process at most, one timer at most. Whatever comes in whatever order, they keep to each other.
describe('random events', () => {
  function randomPlan(random: Random): UnitPlan {
    return {
      isService: random.below(2) === 0,
      restart: {
        condition: random.pick(['no', 'on-failure', 'always', 'unless-stopped']),
        delay: random.pick([0, 1, 5]),
        backoff: random.pick([1, 2]),
        maxDelay: random.pick([1, 60]),
        window: random.pick([0, 10]),
        onGiveUp: random.pick(['leave', 'reboot', 'poweroff']),
        maxAttempts: random.pick([0, 1, 3]),
      },
      stopGrace: random.pick([0, 10]),
      timeout: random.pick([5, 30]),
      onFailure: random.pick(['continue', 'halt', 'reboot', 'poweroff', 'emergency']),
      onUnhealthy: random.pick(['restart', 'ignore', 'reboot']),
      isChecked: random.below(2) === 0,
    };
  }

  function randomNames(random: Random): readonly string[] {
    const all: readonly [string, ...string[]] = [
      'ready',
      'skip',
      'healthy',
      'unhealthy',
      'start',
      'stop',
      'restart',
      'shutdown',
      'end',
      'time',
    ];
    return Array.from({ length: random.below(60) }, () => random.pick(all));
  }

  interface World {
    unit: Unit;
    hasProcess: boolean;
    hasTimer: boolean;
    launches: number;
  }

  /** Carries out what a step says, and checks that it can be. */
  function give(plan: UnitPlan, world: World, event: UnitEvent): void {
    if (event.kind === 'ended') world.hasProcess = false;
    if (event.kind === 'timer') world.hasTimer = false;
    const { unit, acts } = stepUnit(plan, world.unit, event);
    world.unit = unit;
    for (const act of acts) {
      switch (act.do) {
        case 'launch':
          if (world.hasProcess) throw new Error('two processes');
          world.hasProcess = true;
          world.launches += 1;
          break;
        case 'signal':
        case 'kill':
          if (!world.hasProcess) throw new Error(`${act.do} of nothing`);
          break;
        case 'timer':
          world.hasTimer = true;
          break;
        case 'cancel timer':
          world.hasTimer = false;
          break;
        default:
          break;
      }
    }
    const { phase, starts } = unit;
    if (world.hasProcess !== (phase === 'running' || phase === 'stopping')) throw new Error(`a process, but ${phase}`);
    if (starts !== world.launches) throw new Error('lost count');
    if ((phase === 'stopping' || phase === 'delayed') && !world.hasTimer) throw new Error(`${phase} for ever`);
    if ((phase === 'ended' || phase === 'skipped' || phase === 'waiting') && world.hasTimer) throw new Error('a timer');
    if (unit.failures > (plan.restart.maxAttempts ?? Infinity)) throw new Error('too many restarts');
    if ((unit.health !== undefined) !== (phase === 'running' && plan.isChecked)) throw new Error('health of what?');
  }

  function happen(plan: UnitPlan, world: World, name: string): void {
    if (name === 'end') {
      if (world.hasProcess) give(plan, world, bad);
    } else if (name === 'time') {
      if (world.hasTimer) give(plan, world, on('timer'));
    } else {
      give(plan, world, on(name as 'ready'));
    }
  }

  test('never make two processes, lose one, or leave one that is being stopped without an end', () => {
    for (let seed = 1; seed <= 5000; seed += 1) {
      const random = new Random(seed);
      const plan = randomPlan(random);
      const world: World = { unit: newUnit, hasProcess: false, hasTimer: false, launches: 0 };
      for (const name of randomNames(random)) happen(plan, world, name);
      // From wherever it is a stop leads to an end, and a shutdown to one that stays.
      give(plan, world, on('stop'));
      happen(plan, world, 'time');
      happen(plan, world, 'end');
      expect(['ended', 'skipped'], `seed ${seed}`).toContain(world.unit.phase);
      give(plan, world, on('shutdown'));
      for (const name of randomNames(random)) happen(plan, world, name);
      expect(world.hasProcess, `seed ${seed}`).toBe(false);
    }
  });

  test('bound the restarts after failures', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const plan = randomPlan(new Random(seed));
      const failing = { ...plan, restart: { ...plan.restart, window: 100 } };
      const world: World = { unit: newUnit, hasProcess: false, hasTimer: false, launches: 0 };
      give(failing, world, on('ready'));
      for (let count = 0; count < 20 && world.unit.phase !== 'ended'; count += 1) {
        happen(failing, world, 'end');
        if (world.unit.phase === 'delayed') happen(failing, world, 'time');
      }
      expect(world.unit.phase).toBe('ended');
      expect(world.launches).toBeLessThanOrEqual(1 + (plan.restart.maxAttempts ?? 0));
    }
  });
});
