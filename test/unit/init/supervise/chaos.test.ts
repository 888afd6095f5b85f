// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { BootPlan } from '../../../../init/contract/boot-plan.ts';
import type { ContainerPlan } from '../../../../init/contract/container-plan.ts';
import type { RestartPlan } from '../../../../init/contract/unit-plan.ts';
import { createSystem, type System } from '../../../../init/supervise/system.ts';
import { entryPlan, FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';
import { Random } from '../../../support/mutation.ts';

// A system under random deaths and requests of somebody: whatever happens, each entry has one container at most, each container is
// freed, and the ledger of starts and ends is even.

const names = ['a', 'b', 'c', 'd', 'e'] as const;

function randomService(random: Random, index: number): ContainerPlan {
  const restart: RestartPlan = {
    condition: random.pick(['no', 'on-failure', 'always', 'unless-stopped']),
    delay: random.pick([0, 0.1, 3]),
    backoff: 2,
    maxDelay: 10,
    window: 5,
    onGiveUp: 'leave',
    ...(random.below(2) === 0 ? { maxAttempts: 2 } : {}),
  };
  const health = {
    probe: { kind: 'exec', args: ['check'] } as const,
    interval: 1 + random.below(3),
    timeout: 1,
    retries: 1 + random.below(2),
    startPeriod: random.below(3),
    startInterval: 1,
  };
  const isChecked = random.below(2) === 0;
  const before = names.slice(0, index).filter(() => random.below(3) === 0);
  return {
    ...entryPlan('services', names[index] ?? '', {
      restart,
      stopGrace: random.below(4),
      isChecked,
      onUnhealthy: random.pick(['restart', 'ignore']),
    }),
    after: before.map((name) => ({
      on: `services/${name}`,
      condition: random.pick(['started', 'healthy']),
      ...(random.below(2) === 0 ? ({ restart: true } as const) : {}),
    })),
    waitsForOnboot: false,
    ...(isChecked ? { health } : {}),
  };
}

function randomProgram(random: Random): FakeProgram {
  return {
    ...(random.below(2) === 0 ? { endsAt: 15 } : {}),
    ...(random.below(4) === 0 ? { exits: random.below(2), after: random.below(4) } : {}),
    check: () => random.pick([0, 0, 1]),
  };
}

function doSomething(random: Random, system: System, whole: FakeMachine): void {
  const entry = system.units.list()[random.below(names.length)];
  if (entry === undefined) return;
  switch (random.below(3)) {
    case 0:
      if (entry.container !== undefined) whole.endOf(entry.plan.name)?.(random.pick([0, 9, 256]));
      break;
    case 1:
      system.units.ask(entry, random.pick(['start', 'stop', 'restart']), () => undefined);
      break;
    default:
      break;
  }
}

test('300 systems under random deaths and requests lose no container and have no two of one entry', () => {
  let deaths = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = new Random(seed);
    const services = names.map((_, index) => randomService(random, index));
    const plan: BootPlan = { ...planOf({}), services };
    const programs = Object.fromEntries(names.map((name) => [name, randomProgram(random)]));
    const whole = new FakeMachine(plan, programs);
    whole.fake.files.set('/proc/self/mountinfo', '');
    const open = whole.fake.openDescriptors.length;
    const system = createSystem(whole.machine, plan, 1);
    const kinds: string[] = [];
    whole.machine.events.follow(({ kind, id }) => kinds.push(`${id} ${kind}`));
    system.boot();
    for (let count = 0; count < 60; count += 1) {
      doSomething(random, system, whole);
      for (let turns = random.below(6); turns > 0; turns -= 1) turnIfAny(whole);
    }
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.some((call) => call.startsWith('reboot')), 5000);
    for (const name of names) {
      const acts = whole.containers.filter((act) => act === `start ${name}` || act === `release ${name}`);
      const pairs = Array.from({ length: acts.length / 2 }, () => [`start ${name}`, `release ${name}`]).flat();
      expect(acts, `seed ${seed}`).toEqual(pairs);
      const of = (kind: string): number => kinds.filter((text) => text === `services/${name} ${kind}`).length;
      expect(of('ended'), `seed ${seed}`).toBe(of('started'));
      deaths += of('ended');
    }
    expect(whole.fake.openDescriptors.length, `seed ${seed}`).toBe(open);
  }
  expect(deaths).toBeGreaterThan(3000);
});

/** A turn, unless nothing at all would happen any more. */
function turnIfAny(whole: FakeMachine): void {
  try {
    if (whole.fake.ended.length > 0) whole.machine.reaper.reap();
    else whole.machine.loop.turn();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('wait forever')) throw error;
  }
}
