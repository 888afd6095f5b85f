// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { freePort } from '../../support/free-port.ts';
import { umociFolderImage } from '../../support/images.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { buildProbe, mountAt, type ProbeReport } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

/** Capability masks (linux/capability.h). */
const chown = 1n << 0n;
const kill = 1n << 5n;
const netBindService = 1n << 10n;

/** Inode numbers of the namespaces that PID 1 is in (linux/proc_ns.h). */
const initial = { ipc: 0xefffffff, uts: 0xeffffffe, user: 0xeffffffd } as const;
const initialPid = 0xeffffffc;

describe('what a container has, as a program inside of it sees it', () => {
  const folder = temporaryFolder();
  let machine: Machine;
  let defaults: ProbeReport;
  let strict: ProbeReport;
  let labelled: ProbeReport;
  let services: Readonly<Record<'guarded' | 'router' | 'unguarded' | 'choosing' | 'profiled', ProbeReport>>;

  beforeAll(async () => {
    await probeImage(folder.path);
    writeFileSync(join(folder.path, 'no-getcwd.json'), JSON.stringify(noGetcwd));
    const { base } = await buildForBoot(spec, folder.path);
    const port = await freePort();
    machine = new Machine(['--publish', `${port}:80`, base]);
    const report = async (log: string): Promise<ProbeReport> => {
      const response = await fetchUntil(`http://127.0.0.1:${port}/${log}.log`, machine);
      return JSON.parse(await response.text()) as ProbeReport;
    };
    defaults = await report('onboot/defaults');
    strict = await report('onboot/strict');
    labelled = await report('onboot/labelled');
    services = {
      guarded: await report('guarded'),
      router: await report('router'),
      unguarded: await report('unguarded'),
      choosing: await report('choosing'),
      profiled: await report('profiled'),
    };
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('without settings it has no capability, its own pid namespace and a root that it can write', () => {
    for (const set of ['effective', 'permitted', 'inheritable', 'bounding', 'ambient'] as const) {
      expect(BigInt(`0x${defaults.capabilities[set]}`), set).toBe(0n);
    }
    expect(defaults.pid).toBe(1);
    expect(defaults.uids).toEqual([0, 0, 0]);
    expect(defaults.paths['/']?.write).not.toBe('EROFS');
    expect(mountAt(defaults, '/').type).toBe('overlay');
    expect(defaults.paths['/dev/null']).toMatchObject({ type: 'character', device: '1:3', write: 'ok' });
    expect(defaults.hostname).toBe('probed');
    expect(defaults.descriptors).toEqual([0, 1, 2]);
    expect(defaults.blockedSignals).toEqual([]);
  });

  test('a bind of a part of the system’s root cannot be written, although binds are `rw` unless they say otherwise', () => {
    expect(mountAt(defaults, '/system').options).toContain('rw');
    expect(defaults.paths['/system']).toMatchObject({ type: 'folder', read: 'ok', write: 'EROFS' });
  });

  test('net, ipc and uts are the system’s without settings and its own when asked for', () => {
    expect(defaults.namespaces).toMatchObject(initial);
    for (const kind of ['ipc', 'uts'] as const) expect(strict.namespaces[kind], kind).not.toBe(initial[kind]);
    expect(strict.namespaces['net']).not.toBe(defaults.namespaces['net']);
    expect(strict.namespaces['user']).toBe(initial.user);
    for (const report of [defaults, strict]) expect(report.namespaces['pid']).not.toBe(initialPid);
    expect(strict.hostname).toBe('strict.example.com');
  });

  test('user, groups, directory and environment are those of the spec', () => {
    expect(strict.uids).toEqual([1234, 1234, 1234]);
    expect(strict.gids).toEqual([2345, 2345, 2345]);
    expect(strict.groups.toSorted((a, b) => a - b)).toEqual([10, 20]);
    expect(strict.cwd).toBe('/tmp');
    expect(strict.env).toContain('COLOUR=blue');
    expect(strict.oomScoreAdj).toEqual(['500']);
    expect(strict.noNewPrivileges).toBe(1);
  });

  test('all five capability sets hold what was granted and nothing else', () => {
    const sets = (name: keyof ProbeReport['capabilities']): bigint => BigInt(`0x${strict.capabilities[name]}`);
    expect(sets('bounding')).toBe(chown | kill | netBindService);
    expect(sets('inheritable')).toBe(chown | kill | netBindService);
    expect(sets('ambient')).toBe(netBindService);
    // A user other than root keeps across execve what is ambient (capabilities(7)).
    expect(sets('permitted')).toBe(netBindService);
    expect(sets('effective')).toBe(netBindService);
  });

  test('a read-only root, masked and read-only paths cannot be written, and tmpfs and binds are as asked', () => {
    expect(mountAt(strict, '/').options).toContain('ro');
    expect(strict.paths['/masked']).toMatchObject({ type: 'character', device: '1:3' });
    expect(strict.paths['/masked-folder']?.entries).toEqual([]);
    expect(mountAt(strict, '/frozen').options).toContain('ro');
    expect(mountAt(strict, '/tmp')).toMatchObject({
      type: 'tmpfs',
      superOptions: expect.arrayContaining(['size=1024k']),
    });
    expect(strict.paths['/bound']).toMatchObject({ content: 'from the root' });
    expect(mountAt(strict, '/bound').options).toContain('ro');
    expect(mountAt(strict, '/shared').options).toContain('rw');
    expect(strict.paths['/dev/mem']).toMatchObject({ type: 'character', device: '1:1', mode: 0o640 });
  });

  test('limits of resources, cgroup v2 and sysctl are in force', () => {
    expect(strict.limits['RLIMIT_NOFILE']).toEqual(['100', '200']);
    expect(strict.limits['RLIMIT_MEMLOCK']).toEqual(['18446744073709551615', '18446744073709551615']);
    expect(strict.cgroup).toEqual(['0::/tskit-strict']);
    const cgroup = (file: string): string | undefined => strict.paths[`/sys/fs/cgroup/tskit-strict/${file}`]?.content;
    expect(cgroup('memory.max')?.trim()).toBe('67108864');
    expect(cgroup('memory.high')?.trim()).toBe('33554432');
    expect(cgroup('pids.max')?.trim()).toBe('20');
    expect(cgroup('cpu.max')?.trim()).toBe('50000 100000');
    expect(strict.paths['/proc/sys/net/ipv4/ip_forward']?.content?.trim()).toBe('1');
    expect(strict.paths['/sys/fs/cgroup/group/own']?.entries).toContain('cgroup.procs');
  });

  test('nothing of the system listens on a port', () => {
    for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
      expect(defaults.paths[file]?.content?.trim(), file).toMatch(/^sl +local_address .* inode$/);
  });

  test('of the label all holds that the entry does not replace, and what it adds comes on top', () => {
    expect(labelled.argv).toEqual(['/probe', '/shared/file', '/dev/null']);
    expect(labelled.env).toContain('FROM=label');
    expect(labelled.oomScoreAdj).toEqual(['-800']);
    expect(labelled.namespaces).toMatchObject({ pid: initialPid, net: defaults.namespaces['net'] });
    expect(mountAt(labelled, '/').options).toContain('ro');
    expect(mountAt(labelled, '/dev').type).toBe('devtmpfs');
    expect(BigInt(`0x${labelled.capabilities.bounding}`)).toBe(chown | kill);
    expect(() => mountAt(labelled, '/tmp')).toThrow('nothing is mounted on /tmp');
  });

  test('what a container with shared mounts has mounted is there for the system and later containers', () => {
    expect(mountAt(labelled, '/shared')).toMatchObject({ type: 'tmpfs', source: 'outside' });
    expect(labelled.paths['/shared/file']?.content).toBe('kept\n');
  });

  test('every container is under the default filter unless it asks otherwise or has all capabilities', () => {
    const filtered = 2;
    for (const report of [defaults, strict, services.guarded, services.router]) expect(report.seccomp).toBe(filtered);
    for (const report of [services.unguarded, services.choosing]) expect(report.seccomp).toBe(0);
  });

  test("a profile of the spec's own is in force", () => {
    expect(services.profiled.seccomp).toBe(2);
    expect(services.profiled.cwd).toBe('EPERM');
    expect(services.guarded.cwd).toBe('/');
  });

  test('a service cannot look into the kernel nor change it', () => {
    const { paths } = services.guarded;
    for (const path of ['/proc/kcore', '/proc/keys']) expect(paths[path], path).toMatchObject({ device: '1:3' });
    expect(paths['/sys/firmware']?.entries).toEqual([]);
    for (const path of ['/proc/sys/kernel/panic', '/proc/sys/net/ipv4/ip_forward'])
      expect(paths[path]?.write, path).toBe('EROFS');
  });

  test('a service that may configure the network may set its sysctls, and no others', () => {
    expect(services.router.paths['/proc/sys/net/ipv4/ip_forward']?.write).toBe('ok');
    expect(services.router.paths['/proc/sys/kernel/panic']?.write).toBe('EROFS');
  });

  test('empty lists and all capabilities leave /proc/sys writable', () => {
    for (const { paths } of [services.unguarded, services.choosing])
      expect(paths['/proc/sys/kernel/panic']?.write).toBe('ok');
  });
});

/** A profile in the OCI's format. */
const noGetcwd = {
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: ['SCMP_ARCH_X86_64'],
  syscalls: [{ names: ['getcwd'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
};

/** What the image `labelled` asks for, as LinuxKit's packages do. */
const settings = {
  command: ['/probe', '/shared/file', '/dev/null'],
  env: ['FROM=label'],
  binds: ['/dev:/dev'],
  devices: [{ path: 'all', type: 'b', major: 0, minor: 0 }],
  tmpfs: ['/tmp'],
  capabilities: ['CAP_CHOWN'],
  pid: 'host',
  net: 'new',
  readonly: true,
  oomScoreAdj: -800,
  runtime: { bindNS: {} },
};

/** The probe with things to mask, freeze and bind onto, in the OCI layout `probe` of the folder; with a label as `labelled`. */
async function probeImage(folder: string): Promise<void> {
  const root = join(folder, 'root');
  for (const name of ['masked-folder', 'frozen', 'tmp', 'shared']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'masked-folder/secret'), 'secret');
  writeFileSync(join(root, 'masked'), 'secret');
  writeFileSync(join(root, 'bound'), '');
  await buildProbe(join(root, 'probe'));
  const layout = join(folder, 'probe');
  await umociFolderImage(layout, 'latest', root);
  const label = `org.mobyproject.config=${JSON.stringify(settings)}`;
  await execa('umoci', ['config', '--image', `${layout}:latest`, '--tag', 'labelled', '--config.label', label]);
}
