// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine } from '../support/machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Figures, figuresOf } from './figures.ts';
import { buildChaos, memoryMiB, victims } from './machine.ts';

const long = process.env['TSKIT_TEST_LONG'] === '1';
const kills = long ? 10_000 : 150;
/** An emulated guest on a busy host makes some twenty containers a second at best. */
const limitMs = long ? 5_400_000 : 280_000;

describe('services that are killed at random while others make every kind of trouble', () => {
  const folder = temporaryFolder();
  let machine: Machine;
  let figures: Figures;

  beforeAll(async () => {
    const base = await buildChaos(folder.path, { kills, seed: 1, floodMiB: long ? 1000 : 20 });
    machine = new Machine(['--mem', String(memoryMiB), base]);
    await machine.waitFor(/chaos: end\n/, limitMs);
    figures = figuresOf(machine.console);
  }, limitMs + 60_000);
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('each kill is one end or one start that failed, each of those is followed by one start, and nobody is lost', () => {
    const told = JSON.stringify(figures.ledgers, null, 2);
    expect(figures.ledgers, told).toHaveLength(2);
    expect(figures.ledgers[0]!.kills + figures.ledgers[1]!.kills, told).toBe(kills);
    for (const { kills: all, ends, failed, restarts, unexpected, missed, lost, agrees } of figures.ledgers) {
      expect({ ends: ends + failed, restarts, unexpected, missed, lost, agrees }, told).toEqual({
        ends: all,
        restarts: all,
        unexpected: 0,
        missed: 0,
        lost: 0,
        agrees: true,
      });
    }
    expect(figures.numbers.get('running victims')).toBe(victims);
  });

  test('some were killed while they were being made', () => {
    for (const { early, failed } of figures.ledgers) {
      expect(early).toBeGreaterThan(0);
      expect(failed).toBeLessThanOrEqual(early);
    }
  });

  test('orphans and what the dead leave behind are reaped', () => {
    expect(figures.numbers.get('orphans')).toBeGreaterThan(0);
    expect(figures.numbers.get('zombies')).toBe(0);
  });

  test('programs that are run in services which are killed come to an end, and none is left over', () => {
    expect(figures.numbers.get('odd calls'), machine.console).toBe(0);
    expect(figures.numbers.get('calls')).toBeGreaterThan(0);
    expect(figures.numbers.get('programs left over')).toBe(0);
    // The second has no PID namespace whose end would kill it.
    for (const victim of ['victim-0', `victim-${victims - 1}`]) {
      expect(figures.numbers.get(`exit code of a program whose ${victim} was killed`)).toBe(128 + 9);
    }
  });

  test('checks that die with their service are no failures', () => {
    expect(machine.console).toMatch(/service victim-1: healthy/);
    expect(machine.console).not.toMatch(/service victim-\d+: UNHEALTHY/);
  });

  test('the watchdog, which is softdog, is fed all the time', () => {
    expect(machine.console).toMatch(/no hardware has \/dev\/watchdog0: the kernel's own is used/);
    expect(machine.console).toMatch(/watchdog: \/dev\/watchdog0 restarts the machine 30 s after it was fed last/);
    expect(machine.console).not.toMatch(/NOT FED/);
    expect(machine.console.match(/init \S+ starts/g)).toHaveLength(1);
  });

  test('PID 1 has not grown by a MiB', () => {
    expect(figures.numbers.get('KiB that PID 1 grew by')).toBeLessThan(1024);
  });

  test('a memory hog is killed again and again, with the reason, and started again', () => {
    expect(machine.console).toMatch(
      /service hog: killed by SIGKILL: out of memory \(limit 16 MiB\) after .*, restart in/,
    );
    expect(machine.console).toMatch(/service hog: started again/);
  });

  test('a fork bomb stays within its limit, and nothing of it is left when it is stopped', () => {
    expect(figures.numbers.get('processes of the bomb')).toBeGreaterThan(30);
    expect(figures.numbers.get('processes of the bomb')).toBeLessThanOrEqual(40);
    expect(figures.numbers.get('processes of the bomb after its stop')).toBe(0);
  });

  test('a flood of output is taken to its end and leaves a bounded log', () => {
    expect(machine.console).toMatch(/flood: \d+ MiB in/);
    expect(figures.numbers.get('KiB of logs')).toBeLessThanOrEqual(2 * 1024 + 64);
  });

  test('a full /var keeps nobody from running, and logs go on when there is room again', () => {
    expect(machine.console).toMatch(/chaos: full: /);
    expect(machine.console).toMatch(/chaos: after \/var was full it takes lines again/);
  });

  test('a clock that jumps by years makes no check late and no restart early', () => {
    expect(machine.console).toMatch(/chaos: clock: set 30 times/);
    expect(machine.console).not.toMatch(/service checked: UNHEALTHY/);
    const stamps = [...machine.console.matchAll(/^\[ *([0-9.]+)\] /gm)].map(([, stamp]) => Number(stamp));
    expect(Math.max(...stamps)).toBeLessThan(limitMs / 1000);
  });

  test('the console tells each end and each start in one line that can be read', () => {
    const told = figures.ledgers.reduce((sum, { ends, failed, restarts }) => sum + ends + failed + restarts, 0);
    expect(figures.victimLines).toBeLessThanOrEqual(victims + told);
    expect(figures.longestLine).toBeLessThan(500);
  });

  test('after all that the machine stops in order, also one that ignores SIGTERM', async () => {
    const before = machine.console.length;
    expect(await machine.powerOff()).toBe(0);
    const end = machine.console.slice(before);
    expect(end).toMatch(/service deaf: still running after 1 s, killed/);
    expect(end).toMatch(/Power down/);
    expect(machine.console).not.toMatch(/Kernel panic|init crashed/);
  });
});
