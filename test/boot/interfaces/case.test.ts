// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { freePort } from '../../support/free-port.ts';
import { umociFolderImage } from '../../support/images.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { buildProbe, type ProbeReport } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;
const reports = ['spare', 'wireguard', 'mixed', 'inside', 'again', 'system'] as const;
const onboot: ReadonlySet<string> = new Set(['spare', 'wireguard', 'mixed']);

describe('interfaces and namespaces of runtime', () => {
  const folder = temporaryFolder();
  let machine: Machine;
  let up: string;
  const seen: Partial<Record<(typeof reports)[number], ProbeReport>> = {};

  beforeAll(async () => {
    const root = join(folder.path, 'root');
    mkdirSync(join(root, 'run'), { recursive: true });
    writeFileSync(join(root, 'udp'), '');
    writeFileSync(join(root, 'garbage'), 'no program', { mode: 0o755 });
    await buildProbe(join(root, 'probe'));
    await umociFolderImage(join(folder.path, 'probe'), 'latest', root);
    const { base } = await buildForBoot(spec, folder.path);
    const port = await freePort();
    machine = new Machine(['--publish', `${port}:80`, base]);
    await machine.waitFor(/booted in/);
    const log = async (name: string): Promise<string> =>
      (await fetchUntil(`http://127.0.0.1:${port}/${name}.log`, machine)).text();
    for (const name of reports) seen[name] = JSON.parse(await log(onboot.has(name) ? `onboot/${name}` : name));
    up = await log('onboot/up');
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const report = (name: (typeof reports)[number]): ProbeReport => {
    const found = seen[name];
    if (found === undefined) throw new Error(`no report of ${name}`);
    return found;
  };
  const interfaces = (name: (typeof reports)[number]): readonly string[] =>
    report(name).paths['/sys/class/net']?.entries?.toSorted() ?? [];

  /** UDP sockets of the system's network. */
  const sockets = (name: (typeof reports)[number]): number =>
    report(name).paths['/udp']?.content?.trimEnd().split('\n').slice(1).length ?? NaN;

  test('a WireGuard interface is made in the system and moved inside, where a service finds it afterwards', () => {
    expect(interfaces('wireguard')).toEqual(['lo', 'wg0']);
    expect(report('wireguard').paths['/sys/class/net/wg0/uevent']?.content).toContain('DEVTYPE=wireguard');
    expect(interfaces('inside')).toEqual(['lo', 'wg0']);
    expect(report('inside').namespaces['net']).toBe(report('wireguard').namespaces['net']);
  });

  test('a WireGuard interface sends from the network of the system, where it was made', () => {
    expect(up).toMatch(/wg0: <[^>]*UP/);
    const [, ...inside] = up.slice(up.indexOf('  sl ')).trimEnd().split('\n');
    expect(inside).toEqual([]);
    expect(sockets('system')).toBe(sockets('wireguard') + 1);
  });

  test('a veth pair has one end inside, whatever the system calls its own, and the other in the system', () => {
    expect(interfaces('system')).toEqual(expect.arrayContaining(['eth0', 'veth-mixed']));
    const peer = report('mixed').paths['/sys/class/net/eth0/iflink']?.content;
    expect(peer).toBe(report('system').paths['/sys/class/net/veth-mixed/ifindex']?.content);
  });

  test('other types are made inside, and an interface that is there is moved', () => {
    expect(interfaces('spare')).toContain('spare');
    expect(interfaces('mixed')).toEqual(['br0', 'dum0', 'eth0', 'lo', 'spare']);
    for (const name of ['br0', 'dum0', 'spare', 'wg0']) expect(interfaces('system')).not.toContain(name);
  });

  test('every kind of namespace stays when its container has ended, and can be joined', () => {
    expect(report('system').paths['/run/ns']?.entries?.toSorted()).toEqual([
      'cgroup',
      'ipc',
      'mnt',
      'pid',
      'user',
      'uts',
    ]);
    expect(interfaces('again')).toEqual(interfaces('mixed'));
    for (const kind of ['net', 'ipc', 'uts']) {
      expect(report('again').namespaces[kind], kind).toBe(report('mixed').namespaces[kind]);
      expect(report('again').namespaces[kind], kind).not.toBe(report('system').namespaces[kind]);
    }
  });

  test('what fails names interface and step, and leaves nothing behind', () => {
    expect(machine.console).toMatch(
      /onboot broken: FAILED, could not be started: bundle \S+: interface second: make it, of type "no-such-type": the kernel has no such type/,
    );
    expect(machine.console).toMatch(/onboot garbage: FAILED, could not be started: .*exec.*garbage/);
    expect(interfaces('system').filter((name) => /broken|garbage|first/.test(name))).toEqual([]);
    expect(report('system').paths['/run/netns']?.entries?.toSorted()).toEqual(['mixed', 'wg']);
  });
});

test('the example shows a page of a server in a network of its own', async () => {
  using folder = temporaryFolder();
  const example = new URL('../../../examples/namespace.yml', import.meta.url).pathname;
  const { base } = await buildForBoot(example, folder.path);
  await using machine = new Machine([base]);
  await expect(machine.waitFor(/^visitor: (.*)\n/m)).resolves.toMatchObject({ 1: 'Hello from a network of its own' });
});
