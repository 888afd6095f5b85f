// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Namespaces and what belongs to them: clocks, keys, sysctls, the runtime's own ones.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux, NamespaceType } from '../../init/contract/linux-config.ts';
import type { Process } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome, tsrun } from '../support/container-bundle.ts';
import { buildProbe, mountsOf, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

const usual = baseConfig().linux.namespaces ?? [];
const ids = [{ containerID: 0, hostID: 100_000, size: 1000 }];
const userNamespace: Linux = { namespaces: [...usual, { type: 'user' }], uidMappings: ids, gidMappings: ids };

interface Change {
  readonly linux: Linux;
  readonly process?: Partial<Process>;
  readonly args?: readonly string[];
  readonly options?: readonly string[];
}

async function run({ linux, process, args = [], options = [] }: Change): Promise<Outcome> {
  await using bundle = await makeBundle(probe);
  const base = baseConfig(...args);
  await bundle.write({ ...base, linux, process: { ...base.process, ...process } });
  const result = await execa(tsrun, bundle.words('run', ...options), { reject: false });
  // A container in the runtime's mount namespace has left nothing there.
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.folder);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr.replaceAll(bundle.id, 'ID') };
}

async function look(change: Change): Promise<ProbeReport> {
  const { exitCode, stdout, stderr } = await run(change);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ProbeReport;
}

async function complaint(linux: Linux): Promise<string> {
  const { exitCode, stderr } = await run({ linux });
  expect(exitCode).toBe(1);
  return stderr;
}

function own(file: string): number {
  return statSync(`/proc/self/ns/${file}`).ino;
}

describe('a time namespace', () => {
  const offsets = { monotonic: { secs: -10, nanosecs: 5 }, boottime: { secs: 1_000_000 } };
  const offsetsFile = '/proc/self/timens_offsets';

  test.each([
    ['alone', {}],
    ['in a new user namespace', userNamespace],
  ])('has its offsets, and the process is in it: %s', async (_, base) => {
    const linux = { ...base, namespaces: [...(base.namespaces ?? usual), { type: 'time' as const }] };
    const report = await look({ linux: { ...linux, timeOffsets: offsets }, args: [offsetsFile, '/proc/uptime'] });
    expect(report.namespaces['time']).not.toBe(own('time'));
    expect(report.paths[offsetsFile]?.content?.replaceAll(/ +/g, ' ')).toBe('monotonic -10 5\nboottime 1000000 0\n');
    expect(Number.parseFloat(report.paths['/proc/uptime']?.content ?? '')).toBeGreaterThan(1_000_000);
    expect(report.pid).toBe(1);
  });

  test('needs no offsets', async () => {
    const report = await look({ linux: { namespaces: [...usual, { type: 'time' }] } });
    expect(report.namespaces['time']).not.toBe(own('time'));
  });

  test('is refused with what it cannot do', async () => {
    const time: Linux = { namespaces: [...usual, { type: 'time' }] };
    expect(await complaint({ ...time, timeOffsets: { realtime: { secs: 1 } } })).toContain(
      'linux.timeOffsets: expected the clock monotonic or boottime, found "realtime"',
    );
    expect(await complaint({ ...time, timeOffsets: { boottime: { secs: -1e9 } } })).toContain(
      'set linux.timeOffsets: write: ERANGE',
    );
    expect(await complaint({ namespaces: usual, timeOffsets: offsets })).toContain(
      'linux.timeOffsets: expected none, because linux.namespaces has no new time namespace',
    );
  });
});

describe("the runtime's own namespaces", () => {
  test.each<[NamespaceType, string]>([
    ['network', 'net'],
    ['ipc', 'ipc'],
    ['uts', 'uts'],
    ['pid', 'pid'],
    ['mount', 'mnt'],
  ])('are those of a container that does not list them: %s', async (type, file) => {
    const report = await look({ linux: { namespaces: usual.filter((namespace) => namespace.type !== type) } });
    expect(report.namespaces[file]).toBe(own(file));
  });

  test('listed by path are taken as not listed: nothing is changed in them', async () => {
    const listed = usual.map(({ type }) => (type === 'network' ? { type, path: '/proc/self/ns/net' } : { type }));
    expect((await look({ linux: { namespaces: listed } })).namespaces['net']).toBe(own('net'));
    expect(await complaint({ namespaces: listed, sysctl: { 'net.ipv4.ip_forward': '1' } })).toContain(
      'linux.sysctl: "net.ipv4.ip_forward" needs the container to have its own network namespace',
    );
    const mounts = [{ type: 'mount' as const, path: '/proc/self/ns/mnt' }];
    expect(await complaint({ namespaces: mounts, maskedPaths: ['/proc/kcore'] })).toContain(
      'expected none, because linux.namespaces has no mount',
    );
  });
});

describe('the root', () => {
  test('is the only thing in the mount namespace to be reached, with and without pivot_root', async () => {
    for (const options of [[], ['--no-pivot']]) {
      const report = await look({ linux: { namespaces: usual }, options });
      expect(report.paths['/']?.entries).toEqual(expect.arrayContaining(['probe', 'proc']));
      expect(mountsOf(report).map(({ point }) => point)).not.toContain('/tmp');
    }
  });
});

describe('a session keyring', () => {
  // Those of others with the same user are to be seen too, and for a while after their containers.
  const mappedTo = (hostID: number): Linux => {
    const one = [{ containerID: 0, hostID, size: 1 }];
    return { ...userNamespace, uidMappings: one, gidMappings: one };
  };
  const keyrings = (report: ProbeReport): readonly string[] =>
    (report.paths['/proc/keys']?.content ?? '').split('\n').filter((line) => line.includes(' _ses.tskit-test-'));

  test("is the container's own, found by its id", async () => {
    const report = await look({ linux: mappedTo(500_001), args: ['/proc/keys'] });
    expect(keyrings(report)).toHaveLength(1);
    expect(keyrings(report)[0]).toContain(' 3f130008 ');
  });

  test('is not made when the runtime is told so', async () => {
    const report = await look({ linux: mappedTo(500_002), args: ['/proc/keys'], options: ['--no-new-keyring'] });
    expect(keyrings(report)).toEqual([]);
  });
});

describe('the oom score', () => {
  test.each([
    ['alone', { namespaces: usual }],
    ['in a new user namespace', userNamespace],
    ['in a new time namespace', { namespaces: [...usual, { type: 'time' as const }] }],
  ])('is set: %s', async (_, linux) => {
    const report = await look({ linux, process: { oomScoreAdj: 321 } });
    expect(report.oomScoreAdj).toEqual(['321']);
  });
});

test("limits of a user namespace are sysctls of its container's", async () => {
  const file = '/proc/sys/user/max_net_namespaces';
  const linux = { ...userNamespace, sysctl: { 'user.max_net_namespaces': '3' } };
  expect((await look({ linux, args: [file] })).paths[file]?.content).toBe('3\n');
  expect(await complaint({ namespaces: usual, sysctl: { 'user.max_net_namespaces': '3' } })).toContain(
    'needs the container to have its own user namespace',
  );
});
