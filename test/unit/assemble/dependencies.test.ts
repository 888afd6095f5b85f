// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootPlan } from '../../../init/contract/boot-plan.ts';
import type { DependencyPlan } from '../../../init/contract/container-plan.ts';
import { planDependencies } from '../../../src/assemble/dependencies.ts';
import { planHealth } from '../../../src/assemble/health-plans.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { sections } from '../../../src/assemble/settings.ts';
import { stopSeconds } from '../../../src/assemble/stop-seconds.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { SpecError } from '../../../src/spec/spec-error.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { Assembly, flattened, textAt } from '../../support/assembly.ts';
import { entryPlan } from '../../support/fake-machine.ts';
import { Random } from '../../support/mutation.ts';

let assembly: Assembly;
/** Images by reference, as the label or HEALTHCHECK of each makes them. */
let images: ReadonlyMap<string, FlattenedImage>;

beforeAll(() => {
  assembly = new Assembly();
  const image = (name: string, config: Parameters<Assembly['image']>[2]) =>
    [name, assembly.image(name, [{ name: 'run', data: 'x' }], { Cmd: ['/run'], ...config })] as const;
  images = new Map([
    image('plain', {}),
    image('checked', { Healthcheck: { Test: ['CMD', '/check'] } }),
    image('restarted', { Labels: { 'org.mobyproject.config': '{"restart": "always"}' } }),
  ]);
});
afterAll(() => assembly[Symbol.dispose]());

/** What each entry waits for, by its id without the number. */
async function waits(spec: Spec): Promise<Readonly<Record<string, readonly DependencyPlan[] | 'onboot'>>> {
  const containers = sections.flatMap((section) =>
    spec[section].map((entry, index) => {
      const image = images.get(entry.image);
      if (image === undefined) throw new Error(`no image ${entry.image}`);
      return { section, index, entry, image };
    }),
  );
  const planned = planDependencies(spec, containers, await planHealth(spec, containers, assembly.ctx));
  return Object.fromEntries(
    containers.map(({ section, entry }) => {
      const { after = [], waitsForOnboot } = planned.get(entry) ?? {};
      return [`${section}/${entry.name}`, waitsForOnboot === true ? 'onboot' : after];
    }),
  );
}

function entries(section: string, lines: Readonly<Record<string, string>>): string {
  const entry = ([name, keys]: [string, string]): string =>
    `  - {name: ${name}, image: ${/image:/.test(keys) ? '' : 'plain, '}${keys.replace('image: ', '')}}\n`;
  return `${section}:\n${Object.entries(lines).map(entry).join('')}`;
}

const parsed = (...parts: readonly string[]): Spec => parseSpec(parts.join(''), 'os.yml');

describe('an entry waits', () => {
  test("in LinuxKit's order when it names nothing", async () => {
    const spec = parsed(
      entries('onboot', { a: '', b: '' }),
      entries('services', { web: '' }),
      entries('onshutdown', { z: '' }),
    );
    expect(await waits(spec)).toEqual({
      'onboot/a': [],
      'onboot/b': [{ on: 'onboot/000-a', condition: 'finished' }],
      'onshutdown/z': [],
      'services/web': 'onboot',
    });
  });

  test('for what it names, and nothing else', async () => {
    const spec = parsed(
      entries('onboot', { dhcp: '', format: 'depends_on: []', mount: 'depends_on: [format]' }),
      entries('services', {
        db: 'depends_on: [mount]',
        migrate:
          'depends_on: {db: {condition: service_healthy}, mount: {condition: service_started}}, restart: on-failure',
        web: 'depends_on: {migrate: {condition: service_completed_successfully}, db: {restart: true}, cache: {required: false}}',
        cache: 'depends_on: [db]',
      }).replace('name: db, image: plain', 'name: db, image: checked'),
    );
    expect(await waits(spec)).toEqual({
      'onboot/dhcp': [],
      'onboot/format': [],
      'onboot/mount': [{ on: 'onboot/001-format', condition: 'completed' }],
      'services/db': [{ on: 'onboot/002-mount', condition: 'completed' }],
      'services/migrate': [
        { on: 'services/db', condition: 'healthy' },
        { on: 'onboot/002-mount', condition: 'started' },
      ],
      'services/web': [
        { on: 'services/migrate', condition: 'completed' },
        { on: 'services/db', condition: 'started', restart: true },
        { on: 'services/cache', condition: 'started', optional: true },
      ],
      'services/cache': [{ on: 'services/db', condition: 'started' }],
    });
  });

  test('in that order, too, when all that it names is missing and may be', async () => {
    const optional = 'depends_on: {none: {required: false}}';
    const spec = parsed(
      entries('onboot', { a: '', b: optional }),
      entries('services', { web: optional, now: 'depends_on: []' }),
    );
    expect(await waits(spec)).toMatchObject({
      'onboot/b': [{ on: 'onboot/000-a', condition: 'finished' }],
      'services/web': 'onboot',
      'services/now': [],
    });
  });
});

describe('what only label and image say makes a condition impossible', () => {
  test('health without any check', async () => {
    const spec = parsed(entries('services', { db: '', web: 'depends_on: {db: {condition: service_healthy}}' }));
    await expect(waits(spec)).rejects.toThrow(
      'os.yml:3:49: services[1].depends_on.db.condition: expected a health check of "db", found none: not in its entry, nor in label or HEALTHCHECK of image "plain"',
    );
  });

  test('completion of what the label has always started again', async () => {
    const web = 'depends_on: {db: {condition: service_completed_successfully}}';
    const spec = (restart: string): Spec =>
      parsed(entries('services', { db: restart, web }).replace('name: db, image: plain', 'name: db, image: restarted'));
    await expect(waits(spec(''))).rejects.toThrow(
      'services[1].depends_on.db.condition: expected a service that completes, found "db", which is always started again (restart: always)',
    );
    await expect(waits(spec('restart: no'))).resolves.toBeDefined();
  });
});

/** The graph as the test means it: names by which entry, and what each waits for in the end. */
interface Wanted {
  readonly section: 'onboot' | 'services';
  readonly name: string;
  readonly names?: readonly string[];
}

/** Names of entries that `one` waits for, by LinuxKit's order or its own words. */
function targets(one: Wanted, all: readonly Wanted[]): readonly string[] {
  if (one.names !== undefined) return one.names;
  const onboot = all.filter(({ section }) => section === 'onboot').map(({ name }) => name);
  if (one.section === 'services') return onboot;
  const index = onboot.indexOf(one.name);
  return index === 0 ? [] : onboot.slice(index - 1, index);
}

/** Whether the entries can be put into an order: those that wait for nothing are taken away until none are left. */
function hasOrder(all: readonly Wanted[]): boolean {
  let left = [...all];
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const rest = left.filter((one) => targets(one, all).some((name) => names.has(name)));
    if (rest.length === 0) return true;
    if (rest.length === left.length) return false;
    left = rest;
  }
}

test('of a thousand random graphs the plan has exactly the edges asked for, or the cycle is drawn', async () => {
  let refused = 0;
  const wrong: string[] = [];
  for (let seed = 1; seed <= 1000; seed += 1) {
    const random = new Random(seed);
    const count = 2 + random.below(9);
    const names = Array.from({ length: count }, (_, index) => `e${index}`);
    const all = names.map((name, index): Wanted => {
      const section = index < count / 3 ? 'onboot' : 'services';
      if (random.below(3) === 0) return { section, name };
      // Mostly backwards, so that many have an order.
      const others = names.filter((other, at) => other !== name && (at < index || random.below(12) === 0));
      return { section, name, names: others.filter(() => random.below(3) === 0) };
    });
    const text = JSON.stringify({
      onboot: all.filter(({ section }) => section === 'onboot').map(toEntry),
      services: all.filter(({ section }) => section === 'services').map(toEntry),
    });
    const isOrdered = hasOrder(all);
    if (!isOrdered) refused += 1;
    const isRight = isOrdered
      ? isDeepStrictEqual(await waits(parseSpec(text, 'os.yml')), expectedPlan(all))
      : drawnCycles(text).every((cycle) => isCycle(cycle, all));
    if (!isRight) wrong.push(`seed ${seed}: ${text}`);
  }
  expect(wrong).toEqual([]);
  expect(Math.min(refused, 1000 - refused)).toBeGreaterThan(150);
});

/** Whether each name in it waits for the next, and the last is the first. */
function isCycle(names: readonly string[], all: readonly Wanted[]): boolean {
  const waiting = names.slice(0, -1).map((name) => all.find((one) => one.name === name));
  return (
    names.length > 2 &&
    names.at(-1) === names[0] &&
    waiting.every((one, index) => one !== undefined && targets(one, all).includes(names[index + 1] ?? ''))
  );
}

function toEntry({ name, names }: Wanted): object {
  return { name, image: 'plain', ...(names && { depends_on: names }) };
}

function expectedPlan(all: readonly Wanted[]): Readonly<Record<string, readonly DependencyPlan[] | 'onboot'>> {
  const onboot = all.filter(({ section }) => section === 'onboot').map(({ name }) => name);
  const idOf = (name: string): string =>
    onboot.includes(name) ? `onboot/00${onboot.indexOf(name)}-${name}` : `services/${name}`;
  return Object.fromEntries(
    all.map((one) => {
      const key = `${one.section}/${one.name}`;
      if (one.names === undefined && one.section === 'services') return [key, 'onboot'];
      const edges = targets(one, all).map((name): DependencyPlan => {
        const ofNames = onboot.includes(name) ? 'completed' : 'started';
        return { on: idOf(name), condition: one.names === undefined ? 'finished' : ofNames };
      });
      return [key, edges];
    }),
  );
}

/** The cycles in the error that the text ends in; at least one. */
function drawnCycles(text: string): readonly (readonly string[])[] {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ message }) => (/found (e\d+(?: -> e\d+)+):/.exec(message)?.[1] ?? '').split(' -> '));
  }
  throw new Error(`no cycle was found in ${text}`);
}

describe('the bound of stopping', () => {
  test('is the longest chain of grace periods, each with the time after SIGKILL', () => {
    const db = entryPlan('services', 'db', { stopGrace: 60 });
    const web = { ...entryPlan('services', 'web'), after: [{ on: db.id, condition: 'healthy' }] as const };
    const proxy = {
      ...entryPlan('services', 'proxy', { stopGrace: 1 }),
      after: [{ on: web.id, condition: 'started' }] as const,
    };
    const other = entryPlan('services', 'other', { stopGrace: 70 });
    expect(stopSeconds([])).toBe(0);
    expect(stopSeconds([db, web, proxy, other])).toBe(62 + 12 + 3);
  });

  test('does not count what has ended before', () => {
    const a = entryPlan('onboot', 'a');
    const b = { ...entryPlan('onboot', 'b'), after: [{ on: a.id, condition: 'finished' }] as const };
    const c = { ...entryPlan('services', 'c'), after: [{ on: b.id, condition: 'completed' }] as const };
    expect(stopSeconds([a, b, c])).toBe(12);
  });
});

test('the boot plan of a database, what migrates it and what needs both', async () => {
  const spec = parsed(
    entries('services', {
      db: 'restart: always, stop_grace_period: 1m, stop_signal: SIGINT',
      migrate: 'restart: on-failure, depends_on: {db: {condition: service_healthy}}',
      web: 'restart: always, depends_on: {migrate: {condition: service_completed_successfully}}',
    }).replace('name: db, image: plain', 'name: db, image: checked'),
  );
  const rootfs = await assemble(flattened(spec, [...images.values()]), { init: 'tskit' }, assembly.ctx);
  const bundles = rootfs.trees.at(-1);
  const plan = JSON.parse(textAt((await bundles?.tree.load()) ?? new Map(), 'etc/tskit/boot.json')) as BootPlan;
  const [db, migrate, web] = plan.services;
  expect(plan).toMatchObject({ version: 2, stopSeconds: 62 + 12 });
  expect(db).toMatchObject({
    id: 'services/db',
    waitsForOnboot: true,
    stopSignal: 'SIGINT',
    unit: { isChecked: true, stopGrace: 60, restart: { condition: 'always' } },
    health: { probe: { kind: 'exec', args: ['/check'] }, interval: 30 },
  });
  expect(migrate).toMatchObject({ waitsForOnboot: false, after: [{ on: 'services/db', condition: 'healthy' }] });
  expect(web).toMatchObject({
    after: [{ on: 'services/migrate', condition: 'completed' }],
    unit: { isChecked: false },
  });
});
