// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { umociFolderImage } from '../../support/images.ts';
import { Machine } from '../../support/machine.ts';
import { buildProgram } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('services that fail in one way or another', () => {
  const folder = temporaryFolder();
  let machine: Machine;

  beforeAll(async () => {
    const root = join(folder.path, 'root');
    mkdirSync(join(root, 'dev'), { recursive: true });
    await buildProgram('notify.c', join(root, 'notify'));
    await umociFolderImage(join(folder.path, 'notify'), 'latest', root);
    const { base } = await buildForBoot(spec, folder.path);
    machine = new Machine([base]);
    await machine.waitFor(/killer: end of list/, 300_000);
    await machine.waitFor(/unwell: GIVEN UP/);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('a service that exits with an error is restarted after growing delays, and given up loudly after three times', () => {
    expect(machine.console).toMatch(/\*\*\* service crasher: exit code 3 after .*, restart in 0\.1 s/);
    expect(machine.console).toMatch(/\*\*\* service crasher: exit code 3 after .*, restart in 0\.2 s/);
    expect(machine.console).toMatch(/\*\*\* service crasher: exit code 3 after .*, restart in 0\.4 s/);
    expect(machine.console).toMatch(/\*\*\* service crasher: GIVEN UP after 3 restarts in a row/);
    expect(machine.console.match(/service crasher: exit code 3/g)).toHaveLength(4);
  });

  test('a container in a cgroup that is frozen cannot be started, and keeps nobody waiting', () => {
    expect(machine.console).toMatch(
      /\*\*\* service cold: could not be started: .*its cgroup \/sys\/fs\/cgroup\/ice\/cold is frozen, or one above it/,
    );
  });

  test('what depends on its success is not started, loudly', () => {
    expect(machine.console).toMatch(/\*\*\* service late is not started: crasher failed/);
    expect(machine.console).not.toContain('late must not run');
  });

  test('a service is held back until the health check of another passes', () => {
    expect(machine.console).toMatch(/service db: healthy\n[\s\S]*service web: started[\s\S]*web: web runs/);
  });

  test('http and tcp checks pass', () => {
    expect(machine.console).toMatch(/service web: healthy/);
    expect(machine.console).toMatch(/service port: healthy/);
  });

  test('a service says itself that it is ready, and is restarted when it does not say that it lives', () => {
    expect(machine.console).toMatch(/service teller: started[\s\S]*service teller: healthy/);
    expect(machine.console).toMatch(/killer: +"says": "nearly there"/);
    expect(machine.console).toMatch(/service silent: healthy/);
    expect(machine.console).toMatch(/\*\*\* service silent: UNHEALTHY, no sign of life after 1 s, restarted/);
    expect(machine.console).toMatch(/service silent: started again/);
  });

  test('a failed check says what the program said, and restarts the service as it asks for', () => {
    expect(machine.console).toMatch(
      /\*\*\* service unwell: UNHEALTHY, 2 checks failed: exit code 4: "no such luck", restarted/,
    );
    expect(machine.console).toMatch(/service unwell: started again/);
    expect(machine.console).toMatch(/\*\*\* service unwell: GIVEN UP after 1 restart/);
  });

  test('a service that starts again in a network that stays gets its interface each time', () => {
    expect(machine.console.match(/linked: .*eth0@/g)?.length ?? 0).toBeGreaterThan(2);
    expect(machine.console).not.toMatch(/linked.*(there already|cleaning up|could not be started)/);
  });

  test('50 kills are 50 ends and 50 restarts; no zombie is left, and PID 1 has not grown by a MiB, nor by 60 programs', () => {
    expect(/killer: (ledger: .*)/.exec(machine.console)?.[1]).toBe('ledger: kills 50, ends 50, restarts 50, zombies 0');
    expect(/killer: +"restarts": (\d+)/.exec(machine.console)?.[1]).toBe('50');
    expect(/killer: ran (\d+) programs/.exec(machine.console)?.[1]).toBe('60');
    expect(Number(/PID 1 grew by (-?[0-9]+) KiB/.exec(machine.console)?.[1])).toBeLessThan(1024);
  });

  test('a container that has next to no CPU time holds nobody up, neither by its start nor by its checks', () => {
    expect(machine.console).toMatch(/\*\*\* service starved: UNHEALTHY, the check failed: no answer within 1 s/);
    // Were it waited for, that would be for as long as 20 ms of CPU time take: 20 s.
    expect(longestRestart(machine.console, 'victim')).toBeLessThan(8);
  });

  test('tsctl lists, stops, starts and restarts services, and says what it cannot', () => {
    expect(machine.console).toMatch(/killer: services\/victim +running +- +50 +[0-9.]+s +[0-9.]+ MiB +[0-9.]+ s/);
    expect(machine.console).toMatch(/killer: services\/db +stopped/);
    expect(machine.console).toMatch(/killer: db is ready/);
    expect(machine.console).toMatch(/killer: \[.*\] services\/db: started: started again/);
    expect(machine.console).toMatch(/killer: tsctl: PID 1: no entry is called "nobody"\n(?:.*\n)*?killer: exit 1/);
  });

  test('the machine stops in reverse order of dependencies, and one that ignores SIGTERM is killed after its own grace', async () => {
    const before = machine.console.length;
    expect(await machine.powerOff()).toBe(0);
    const end = machine.console.slice(before);
    expect(end).toMatch(/\*\*\* service deaf: still running after 1 s, killed/);
    expect(end).toMatch(/service web: stopped[\s\S]*service db: stopped[\s\S]*Power down/);
    expect(end).not.toMatch(/Kernel panic/);
  });
});

/** Seconds of the guest between an end of the service and its next start, at most. */
function longestRestart(console: string, name: string): number {
  const times = (text: string): readonly number[] =>
    [...console.matchAll(new RegExp(`\\[ *([0-9.]+)\\] (?:\\*{3} )?service ${name}: ${text}`, 'g'))].map(([, time]) =>
      Number(time),
    );
  const starts = times('started again');
  const ends = times('.*, restart in').slice(0, starts.length);
  expect(starts.length).toBeGreaterThan(40);
  return Math.max(...ends.map((end, index) => (starts[index] ?? Infinity) - end));
}
