// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Containers of an ordinary user, who has no privileges but those of the user namespace that the configuration asks for.

import { copyFile, chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount, Process } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, mountAt, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
/** A copy that the user can reach wherever the checkout is. */
const runtime = join(folder.path, 'tsrun');
const probe = join(folder.path, 'probe');
const runtimeFolder = join(folder.path, 'run');
const user = `tsk${process.pid}`;
let uid = 0;
/** The first of the ids that /etc/subuid gives to the user. */
let subordinate = 0;

beforeAll(async () => {
  await buildProbe(probe);
  await execa('useradd', ['--no-create-home', '--shell', '/bin/sh', user]);
  uid = Number((await execa('id', ['-u', user])).stdout);
  subordinate = Number((await execa('grep', [`^${user}:`, '/etc/subuid'])).stdout.split(':')[1]);
  await mkdir(runtimeFolder);
  await chown(runtimeFolder, uid, uid);
  await execa('chmod', ['0755', folder.path]);
  await copyFile(tsrun, runtime);
});
afterAll(async () => {
  await execa('userdel', [user]);
  folder[Symbol.dispose]();
});

interface Change {
  readonly linux?: Linux;
  readonly process?: Partial<Process>;
  readonly mounts?: readonly Mount[];
  readonly args?: readonly string[];
  /** A program that runs the runtime. */
  readonly around?: readonly string[];
}

/** As "runc spec --rootless" has it: the user as root, and no network namespace, since /sys of the host is bound. */
function rootless(): Linux {
  const only = [{ containerID: 0, hostID: uid, size: 1 }];
  const namespaces = (['pid', 'ipc', 'uts', 'mount', 'user'] as const).map((type) => ({ type }));
  return { namespaces, uidMappings: only, gidMappings: only };
}

const boundSys: Mount = {
  destination: '/sys',
  type: 'none',
  source: '/sys',
  options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
};

async function runAs(bundle: TestBundle, { linux, process, mounts, args = [], around = [] }: Change): Promise<Outcome> {
  const base = baseConfig(...args);
  const usual = [...base.mounts.filter(({ destination }) => destination !== '/sys'), boundSys];
  await bundle.write({
    ...base,
    process: { ...base.process, ...process },
    mounts: mounts ?? usual,
    linux: { ...rootless(), ...linux },
  });
  await execa('chown', ['-R', `${uid}:${uid}`, bundle.folder]);
  const words = [
    '--reuid',
    `${uid}`,
    '--regid',
    `${uid}`,
    '--clear-groups',
    ...around,
    runtime,
    'run',
    '-b',
    bundle.folder,
    bundle.id,
  ];
  const result = await execa('setpriv', words, {
    reject: false,
    stdin: 'ignore',
    env: { XDG_RUNTIME_DIR: runtimeFolder, HOME: '/' },
  });
  expect(await readdir(join(runtimeFolder, 'tsrun'))).toEqual([]);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr.replaceAll(bundle.id, 'ID') };
}

async function look(change: Change): Promise<ProbeReport> {
  await using bundle = await makeBundle(probe);
  const { exitCode, stdout, stderr } = await runAs(bundle, change);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ProbeReport;
}

async function complaint(change: Change): Promise<string> {
  await using bundle = await makeBundle(probe);
  const { exitCode, stderr } = await runAs(bundle, change);
  expect(exitCode).toBe(1);
  return stderr;
}

describe('a container of an ordinary user', () => {
  test('runs as its root, in a root and with mounts that only the user may open', async () => {
    const report = await look({ args: ['/proc/self/uid_map', '/proc/self/setgroups', '/dev/null'] });
    expect([report.pid, report.uids, report.gids]).toEqual([1, [0, 0, 0], [0, 0, 0]]);
    expect(report.paths['/proc/self/uid_map']?.content?.trim().split(/ +/)).toEqual(['0', `${uid}`, '1']);
    expect(report.paths['/proc/self/setgroups']?.content).toBe('deny\n');
    expect(report.paths['/dev/null']).toMatchObject({ type: 'character', device: '1:3', write: 'ok' });
    expect(mountAt(report, '/sys').options).toContain('ro');
  });

  test('may have all namespaces, and then mounts of its own', async () => {
    const namespaces = (['pid', 'ipc', 'uts', 'mount', 'user', 'network', 'cgroup', 'time'] as const).map((type) => ({
      type,
    }));
    const timeOffsets = { boottime: { secs: 1_000_000 } };
    const sysctl = { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '8193' };
    const mounts = [...baseConfig().mounts, { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue' }];
    const args = ['/proc/uptime', '/proc/sys/net/ipv4/ip_forward', '/proc/sys/kernel/msgmax'];
    const report = await look({ linux: { namespaces, timeOffsets, sysctl }, mounts, args });
    expect(Number.parseFloat(report.paths['/proc/uptime']?.content ?? '')).toBeGreaterThan(1_000_000);
    expect(args.slice(1).map((path) => report.paths[path]?.content)).toEqual(['1\n', '8193\n']);
    expect(['/sys', '/dev/mqueue'].map((path) => mountAt(report, path).type)).toEqual(['sysfs', 'mqueue']);
  });

  test('needs no user namespace of its own where the runtime is in one already', async () => {
    const namespaces = (['pid', 'ipc', 'uts', 'mount'] as const).map((type) => ({ type }));
    const linux = { namespaces, uidMappings: [], gidMappings: [] };
    const report = await look({
      linux,
      process: { oomScoreAdj: 100 },
      around: ['unshare', '--map-root-user', '--mount'],
    });
    expect([report.uids, report.oomScoreAdj]).toEqual([[0, 0, 0], ['100']]);
  });

  test('has the ids that /etc/subuid and /etc/subgid give to the user', async () => {
    const ids = [
      { containerID: 0, hostID: uid, size: 1 },
      { containerID: 1, hostID: subordinate, size: 1000 },
    ];
    const linux = { uidMappings: ids, gidMappings: ids };
    const report = await look({ linux, process: { user: { uid: 7, gid: 8, additionalGids: [9] } } });
    expect([report.uids, report.gids, report.groups]).toEqual([[7, 7, 7], [8, 8, 8], [9]]);
    const others = [{ containerID: 0, hostID: subordinate - 1, size: 2 }];
    expect(await complaint({ linux: { uidMappings: others, gidMappings: others } })).toMatch(
      /map ids by newuidmap: it ended with exit code 1 and wrote "newuidmap: uid range .* not allowed"/,
    );
  });

  test('may raise its oom score and lower its limits, and is told what it may not do', async () => {
    const lower = [{ type: 'RLIMIT_NOFILE', soft: 50, hard: 60 }];
    const report = await look({ process: { oomScoreAdj: 500, rlimits: lower } });
    expect([report.oomScoreAdj, report.limits['RLIMIT_NOFILE']]).toEqual([['500'], ['50', '60']]);
    expect(await complaint({ process: { oomScoreAdj: -500 } })).toContain('set the oom score to -500: write: EACCES');
    const raised = [{ type: 'RLIMIT_NOFILE', soft: 50, hard: 2 ** 30 }];
    expect(await complaint({ process: { rlimits: raised } })).toContain('prlimit: EPERM');
    expect(await complaint({ linux: { sysctl: { 'kernel.domainname': 'x' } } })).toContain('openat2: EACCES');
  });
});
