// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { BootPlan } from '../../../../init/contract/boot-plan.ts';
import type { ContainerPlan, DependencyPlan } from '../../../../init/contract/container-plan.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { entryPlan, FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';
import { Random } from '../../../support/mutation.ts';

// Each entry of a random graph is to be started at the very moment that the last thing it waits for comes: later would not be
// parallel, earlier not in order. The fake clock, on which starting takes no time, shows both.

type Kind = 'job' | 'service' | 'checked';
type Condition = DependencyPlan['condition'];

interface Sample {
  readonly plan: ContainerPlan;
  readonly program: FakeProgram;
}

const conditions: Readonly<Record<Kind, readonly [Condition, ...Condition[]]>> = {
  job: ['started', 'completed', 'finished'],
  service: ['started'],
  checked: ['started', 'healthy'],
};

function sample(random: Random): readonly Sample[] {
  const samples: Sample[] = [];
  const kinds: Kind[] = [];
  const count = 2 + random.below(25);
  for (let index = 0; index < count; index += 1) {
    const kind = random.pick<Kind>(['job', 'service', 'checked']);
    const base = entryPlan(kind === 'job' ? 'onboot' : 'services', `e${index}`, {
      isChecked: kind === 'checked',
      stopGrace: 5,
    });
    const others = samples.flatMap(({ plan }, other) =>
      random.below(4) === 0
        ? [
            {
              on: plan.id,
              condition: random.pick(conditions[kinds[other] ?? 'service']),
              ...(random.below(4) === 0 ? ({ optional: true } as const) : {}),
            },
          ]
        : [],
    );
    const health = {
      probe: { kind: 'exec', args: ['check'] } as const,
      interval: 1 + random.below(5),
      timeout: 1,
      retries: 1,
      startPeriod: 0,
      startInterval: 1,
    };
    kinds.push(kind);
    samples.push({
      plan: { ...base, after: others, waitsForOnboot: false, ...(kind === 'checked' ? { health } : {}) },
      program: programOf(kind, random),
    });
  }
  return samples;
}

function programOf(kind: Kind, random: Random): FakeProgram {
  if (random.below(12) === 0) return { fails: 'exec: ENOENT' };
  if (kind === 'job') return { exits: random.below(6) === 0 ? 1 : 0, after: 1 + random.below(9) };
  return { endsAt: 15, check: () => 0 };
}

/** When each condition of an entry comes, in seconds; Infinity when it never does. `over` is when that is clear. */
interface Times {
  readonly start: number;
  readonly healthy: number;
  readonly completed: number;
  readonly over: number;
}

/** By the rules alone, entry by entry: they only wait for those before them. */
function foretell(samples: readonly Sample[]): ReadonlyMap<string, Times> {
  const all = new Map<string, Times>();
  for (const { plan, program } of samples) {
    const waits = plan.after.map(({ on, condition, optional }) => {
      const { start, healthy, completed, over } = all.get(on) as Times;
      const comes = { started: start, healthy, completed, finished: over }[condition];
      return { comes: comes === Infinity && optional === true ? over : comes, over };
    });
    const lost = waits.filter(({ comes }) => comes === Infinity).map(({ over }) => over);
    const ready = Math.max(0, ...waits.map(({ comes }) => comes));
    const never = { start: Infinity, healthy: Infinity, completed: Infinity };
    if (lost.length > 0) all.set(plan.id, { ...never, over: Math.min(...lost) });
    else if (program.fails !== undefined) all.set(plan.id, { ...never, over: ready });
    else if (program.after === undefined)
      all.set(plan.id, {
        start: ready,
        healthy: ready + (plan.health?.interval ?? 0),
        completed: Infinity,
        over: Infinity,
      });
    else {
      const over = ready + program.after;
      all.set(plan.id, { start: ready, healthy: Infinity, completed: program.exits === 0 ? over : Infinity, over });
    }
  }
  return all;
}

function run(samples: readonly Sample[]) {
  const of = (section: string): readonly ContainerPlan[] =>
    samples.map(({ plan }) => plan).filter(({ id }) => id.startsWith(section));
  const plan: BootPlan = { ...planOf({}), onboot: of('onboot'), services: of('services') };
  const programs = Object.fromEntries(samples.map(({ plan: { name }, program }) => [name, program]));
  const whole = new FakeMachine(plan, programs);
  whole.fake.files.set('/proc/self/mountinfo', '');
  const starts = new Map<string, number>();
  whole.machine.events.follow(({ kind, id }) => {
    if (kind === 'started') starts.set(id, Math.round((whole.fake.now - 1e9) / 1e6) / 1e3);
  });
  const system = createSystem(whole.machine, plan, 0);
  system.boot();
  whole.turnUntil(() => whole.fake.console.includes('booted in'), 10_000);
  return { whole, system, starts };
}

test('1,000 random graphs: everything is started at the moment it can be, or skipped when that never comes', () => {
  let skipped = 0;
  for (let seed = 1; seed <= 1000; seed += 1) {
    const samples = sample(new Random(seed));
    const { starts, system } = run(samples);
    const times = foretell(samples);
    for (const { plan } of samples) {
      const expected = times.get(plan.id)?.start ?? Infinity;
      expect(starts.get(plan.id) ?? Infinity, `seed ${seed}, ${plan.id}`).toBe(expected);
    }
    skipped += system.units.list().filter(({ unit }) => unit.phase === 'skipped').length;
  }
  // Else it would have shown nothing of that.
  expect(skipped).toBeGreaterThan(1000);
});

test('300 random graphs: everything is stopped after what depends on it', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const samples = sample(new Random(seed));
    const { whole, system } = run(samples);
    const before = whole.containers.length;
    system.stop('poweroff', 'a test');
    whole.turnUntil(() => whole.fake.calls.some((call) => call.startsWith('reboot')), 10_000);
    const acts = whole.containers.slice(before);
    const names = new Map(samples.map(({ plan }) => [plan.id, plan.name]));
    for (const { plan } of samples)
      for (const { on } of plan.after) {
        const gone = acts.indexOf(`release ${plan.name}`);
        const stopped = acts.indexOf(`signal ${names.get(on)} 15`);
        expect(gone, `seed ${seed}: ${plan.id} after ${on}`).toBeLessThan(stopped < 0 ? Infinity : stopped);
      }
    const running = system.units.list().filter(({ container }) => container !== undefined);
    expect(running).toEqual([]);
  }
});
