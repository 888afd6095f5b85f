// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('a pod', () => {
  const folder = temporaryFolder();
  let machine: Machine;

  beforeAll(async () => {
    const { base } = await buildForBoot(spec, folder.path);
    machine = new Machine([base]);
    await machine.waitFor(/outside: end of list|init crashed/, 240_000);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('has a network, a loopback and a host name of its own, which its services share', () => {
    expect(machine.console).toMatch(/sidecar: page of shop\n/);
    expect(machine.console).toMatch(/sidecar: lo ?\n/);
  });

  test('is not seen from outside', () => {
    expect(machine.console).toMatch(/outside: wget: can't connect to remote host \(127\.0\.0\.1\): Connection refused/);
    expect(machine.console).toMatch(/outside: 0\n/);
  });

  test('stops and starts with any of its services, and keeps its namespaces', () => {
    for (const name of ['server', 'sidecar'])
      expect(machine.console).toMatch(
        new RegExp(`service ${name}: stopped[^]*outside: stopped both[^]*service ${name}: started again`),
      );
    expect(machine.console).toMatch(/started again[^]*sidecar: page of shop\n/);
  });

  test('has processes in common where its services ask for that, with a first one that reaps and leads nowhere', () => {
    expect(machine.console).toMatch(/watcher: first: pause user 65535\n/);
    expect(machine.console).toMatch(/watcher: neighbours: 1 of mine, 0 of others\n/);
    expect(machine.console).toMatch(/watcher: zombies: 0\n/);
    expect(machine.console).toMatch(/watcher: behind it: 0\n/);
    // SIGKILL from inside its namespace does not reach it.
    expect(machine.console).toMatch(/watcher: still there\n/);
  });

  test('has that process for as long as one of its services runs, and services that end with it say so', () => {
    expect(machine.console).toMatch(/outside: pauses before: 1\n[^]*pauses between: 0\n[^]*pauses after: 1\n/);
    for (const name of ['worker', 'watcher'])
      expect(machine.console).toMatch(new RegExp(`service ${name}: killed by SIGKILL[^]*outside: pauses killed: 0\n`));
    expect(machine.console).toMatch(/outside: services\/worker +exited/);
  });

  test('powers off', async () => {
    expect(await machine.powerOff()).toBe(0);
  });
});
