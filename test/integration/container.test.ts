// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Every feature as the probe sees it from inside a container that the real tsrun made.

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount, Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { cgroupsNamed } from '../support/cgroup-tree.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { keepNamespaces } from '../support/kept-namespaces.ts';
import { buildProbe, mountAt, mountsOf, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** Runs the probe in a fresh bundle with parts of the configuration replaced. */
async function look(
  change: { process?: Partial<Process>; linux?: Linux; top?: Partial<RuntimeConfig>; args?: readonly string[] },
  prepare?: (bundle: TestBundle) => Promise<void>,
): Promise<ProbeReport> {
  await using bundle = await makeBundle(probe);
  await prepare?.(bundle);
  return await bundle.probe(changed(change));
}

function changed({ process, linux, top, args = [] }: Parameters<typeof look>[0]): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, ...top, process: { ...base.process, ...process }, linux: { ...base.linux, ...linux } };
}

/** What tsrun says when the container cannot be made. */
async function complaint(
  change: Parameters<typeof look>[0],
  prepare?: (bundle: TestBundle) => Promise<void>,
): Promise<string> {
  await using bundle = await makeBundle(probe);
  await prepare?.(bundle);
  const { exitCode, stderr } = await bundle.run(changed(change));
  expect(exitCode).toBe(1);
  return stderr.replace(bundle.id, 'ID');
}

describe('the command line', () => {
  test("the exit code is the program's", async () => {
    await using bundle = await makeBundle(probe);
    expect((await bundle.run(baseConfig('--exit=7'))).exitCode).toBe(7);
  });

  test("a program that a signal ends gives 128 and the signal's number", async () => {
    await using bundle = await makeBundle(probe);
    // Not PID 1 of a namespace: that ignores signals it sends to itself.
    const config = changed({ args: ['--signal=9'], linux: { namespaces: [{ type: 'mount' }] } });
    expect((await bundle.run(config)).exitCode).toBe(137);
  });

  test('signals to a runtime in the foreground reach the container', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(baseConfig('--wait=15', '--exit=5'));
    const runtime = execa(tsrun, bundle.words('run'), { reject: false });
    await once(runtime.stdout, 'data');
    runtime.kill('SIGTERM');
    const { exitCode } = await runtime;
    expect(exitCode).toBe(5);
    expect(cgroupsNamed(bundle.id)).toEqual([]);
  });

  test('a command that does not exist is told so', async () => {
    const result = await execa(tsrun, ['nonesuch', 'x'], { reject: false });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('unknown command "nonesuch"');
  });

  test('a broken config.json is named with line and column', async () => {
    await using bundle = await makeBundle(probe);
    await writeFile(join(bundle.folder, 'config.json'), '{\n  "root": }');
    const result = await execa(tsrun, bundle.words('run'), { reject: false });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('config.json: line 2, column 11: expected a value, found "}"');
  });
});

describe('the process', () => {
  test('arguments, environment and working directory are those of the configuration', async () => {
    const report = await look({ args: ['/tmp'], process: { cwd: '/tmp', env: ['A=1', 'B=x y', 'HOME=/h'] } });
    expect(report.argv).toEqual(['/probe', '/tmp']);
    expect(report.env).toEqual(['A=1', 'B=x y', 'HOME=/h']);
    expect(report.cwd).toBe('/tmp');
  });

  test("HOME comes from the image's /etc/passwd when the configuration has none", async () => {
    const report = await look({ process: { env: [], user: { uid: 7, gid: 7 } } }, async ({ rootfs }) =>
      writeFile(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nseven:x:7:7::/home/seven:/bin/sh\n'),
    );
    expect(report.env).toEqual(['HOME=/home/seven']);
  });

  test('a missing working directory is made', async () => {
    expect((await look({ process: { cwd: '/srv/data' } })).cwd).toBe('/srv/data');
  });

  test('a working directory that only the user may enter is entered as the user', async () => {
    const report = await look({ process: { cwd: '/own', user: { uid: 1000, gid: 1000 } } }, async ({ rootfs }) => {
      await mkdir(join(rootfs, 'own'));
      await chmod(join(rootfs, 'own'), 0o700);
      await chown(join(rootfs, 'own'), 1000, 1000);
    });
    expect(report.cwd).toBe('/own');
  });

  test("a program without a slash is looked for in the container's PATH", async () => {
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'opt'));
    await rename(join(bundle.rootfs, 'probe'), join(bundle.rootfs, 'opt/probe'));
    const report = await bundle.probe(changed({ process: { args: ['probe'], env: ['PATH=/nowhere:/opt'] } }));
    expect(report.argv).toEqual(['probe']);
  });

  test('user, group, additional groups and umask are set', async () => {
    const report = await look({
      process: { user: { uid: 1000, gid: 2000, additionalGids: [3000, 4_000_000_000], umask: 0o27 } },
    });
    expect(report.uids).toEqual([1000, 1000, 1000]);
    expect(report.gids).toEqual([2000, 2000, 2000]);
    expect(report.groups).toEqual([3000, 4_000_000_000]);
    expect(report.umask).toBe(0o27);
  });

  test('the umask is 022 unless set', async () => {
    expect((await look({})).umask).toBe(0o22);
  });

  test('nothing is open but the three standard streams, and no signal is blocked or ignored', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(baseConfig());
    // A runtime that is started with more open, and with signals ignored.
    const script = `trap '' USR1 HUP; exec 5</etc/passwd 9</ "$0" "$@"`;
    const report = JSON.parse((await execa('sh', ['-c', script, tsrun, ...bundle.words('run')])).stdout) as ProbeReport;
    expect(report.descriptors).toEqual([0, 1, 2]);
    expect(report.blockedSignals).toEqual([]);
    expect(report.ignoredSignals).toEqual([]);
  });

  test('a standard stream that the runtime was started without is the null device, and nothing of the host', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(baseConfig('/proc/self/fd/0', '/proc/self/fd/2'));
    const script = 'exec "$0" "$@" <&- 2>&-';
    const { stdout } = await execa('sh', ['-c', script, tsrun, ...bundle.words('run')]);
    const { descriptors, paths } = JSON.parse(stdout) as ProbeReport;
    expect(descriptors).toEqual([0, 1, 2]);
    for (const fd of [0, 2]) expect(paths[`/proc/self/fd/${fd}`]?.target).toMatch(/\/null$/);
  });

  test('it leads a session of its own', async () => {
    const report = await look({});
    expect(report.pid).toBe(1);
    expect(report.session).toBe(1);
  });

  test('the user may open its standard output by name', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(changed({ args: ['/dev/stdout'], process: { user: { uid: 1000, gid: 1000 } } }));
    const output = join(bundle.folder, 'output');
    await writeFile(output, '', { mode: 0o600 });
    await execa('sh', ['-c', `"$0" "$@" > "${output}"`, tsrun, ...bundle.words('run')]);
    const report = JSON.parse(await readFile(output, 'utf8')) as ProbeReport;
    expect(report.paths['/dev/stdout']?.write).toBe('ok');
    expect(await stat(output)).toMatchObject({ uid: 1000, gid: 1000 });
  });

  test('no_new_privs is set when asked for and not otherwise', async () => {
    expect((await look({ process: { noNewPrivileges: true } })).noNewPrivileges).toBe(1);
    expect((await look({})).noNewPrivileges).toBe(0);
  });

  test('resource limits keep all digits', async () => {
    const report = await look({
      process: {
        rlimits: [
          { type: 'RLIMIT_NOFILE', soft: 77, hard: 99 },
          { type: 'RLIMIT_CORE', soft: 9_007_199_254_740_993n, hard: 0xffff_ffff_ffff_ffffn },
        ],
      },
    });
    expect(report.limits['RLIMIT_NOFILE']).toEqual(['77', '99']);
    expect(report.limits['RLIMIT_CORE']).toEqual(['9007199254740993', '18446744073709551615']);
  });

  test('a limit of three descriptors does not break the start', async () => {
    const report = await look({ process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 4, hard: 4 }] } });
    expect(report.limits['RLIMIT_NOFILE']).toEqual(['4', '4']);
  });

  test('the oom score is set', async () => {
    expect((await look({ process: { oomScoreAdj: 321 } })).oomScoreAdj).toEqual(['321']);
  });

  test('a program that is not there is named, and nothing is left behind', async () => {
    expect(await complaint({ process: { args: ['nope'], env: ['PATH=/bin:/x'] } })).toBe(
      'tsrun: container ID: exec: "nope": executable file not found in $PATH (/bin:/x)',
    );
    expect(await complaint({ process: { args: ['/etc'] } })).toBe('tsrun: container ID: exec: "/etc": is a directory');
    expect(cgroupsNamed(`tskit-test-${process.pid}`)).toEqual([]);
  });

  test('a script whose interpreter is missing fails when it is started', async () => {
    const text = await complaint({ process: { args: ['/script'] } }, async ({ rootfs }) =>
      writeFile(join(rootfs, 'script'), '#!/no/shell\n', { mode: 0o755 }),
    );
    expect(text).toBe('tsrun: container ID: exec /script: no such file or directory');
  });
});

describe('capabilities', () => {
  const netBind = 10n;
  const chownBit = 0n;
  const mask = (...bits: readonly bigint[]): string =>
    bits
      .reduce((sum, bit) => sum | (1n << bit), 0n)
      .toString(16)
      .padStart(16, '0');

  test('there are none without a list, not even for root', async () => {
    const { capabilities } = await look({});
    expect(Object.values(capabilities)).toEqual(Array(5).fill(mask()));
  });

  test('each of the five sets is what the configuration says, for a user that is not root', async () => {
    const both = ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'];
    const one = ['CAP_NET_BIND_SERVICE'];
    const { capabilities } = await look({
      process: {
        user: { uid: 1000, gid: 1000 },
        capabilities: { bounding: both, permitted: both, inheritable: one, effective: both, ambient: one },
      },
    });
    // execve of a plain file leaves a user that is not root the ambient ones (capabilities(7)).
    expect(capabilities).toEqual({
      effective: mask(netBind),
      permitted: mask(netBind),
      inheritable: mask(netBind),
      bounding: mask(netBind, chownBit),
      ambient: mask(netBind),
    });
  });

  test('root keeps what bounding and permitted give', async () => {
    const set = ['CAP_CHOWN', 'CAP_KILL'];
    const { capabilities } = await look({
      process: { capabilities: { bounding: set, permitted: set, effective: set } },
    });
    expect(capabilities).toEqual({
      effective: mask(chownBit, 5n),
      permitted: mask(chownBit, 5n),
      inheritable: mask(),
      bounding: mask(chownBit, 5n),
      ambient: mask(),
    });
  });

  test('an unknown one is warned of and left out', async () => {
    await using bundle = await makeBundle(probe);
    const set = ['CAP_KILL', 'CAP_TELEPORT'];
    const { exitCode, stderr, stdout } = await bundle.run(
      changed({ process: { capabilities: { bounding: set, permitted: set, effective: set } } }),
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('unknown capabilities are left out: CAP_TELEPORT');
    expect((JSON.parse(stdout) as ProbeReport).capabilities.effective).toBe(mask(5n));
  });
});

describe('namespaces', () => {
  const own = (name: string): number => statSync(`/proc/self/ns/${name}`).ino;

  test("the listed ones are new and the others the runtime's", async () => {
    const { namespaces } = await look({
      linux: { namespaces: [{ type: 'mount' }, { type: 'uts' }, { type: 'cgroup' }] },
    });
    const isOwn = Object.fromEntries(Object.entries(namespaces).map(([name, inode]) => [name, inode === own(name)]));
    expect(isOwn).toEqual({
      cgroup: false,
      ipc: true,
      mnt: false,
      net: true,
      pid: true,
      time: true,
      user: true,
      uts: false,
    });
  });

  test('existing ones are joined by path, the pid namespace among them', async () => {
    await using keeper = await keepNamespaces(['--pid', '--fork', '--net', '--ipc', '--uts', '--cgroup', '--mount']);
    const types = ['pid', 'network', 'ipc', 'uts', 'cgroup', 'mount'] as const;
    const names = { pid: 'pid', network: 'net', ipc: 'ipc', uts: 'uts', cgroup: 'cgroup', mount: 'mnt' } as const;
    const report = await look({
      linux: { namespaces: types.map((type) => ({ type, path: keeper.path(names[type]) })) },
    });
    for (const type of types) expect(report.namespaces[names[type]]).toBe(keeper.inode(names[type]));
    expect(report.pid).toBeGreaterThan(1);
  });

  test('a user namespace has the given maps, and its root owns the other new namespaces', async () => {
    const report = await look({
      args: ['/proc/self/uid_map', '/proc/self/gid_map', '/dev/null', '/dev/zero', '/probe'],
      linux: {
        namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }],
        uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
        gidMappings: [{ containerID: 0, hostID: 200_000, size: 1000 }],
      },
      top: { hostname: 'inside' },
    });
    expect(report.uids).toEqual([0, 0, 0]);
    expect(report.namespaces['user']).not.toBe(own('user'));
    expect(report.paths['/proc/self/uid_map']?.content?.trim().split(/\s+/)).toEqual(['0', '100000', '65536']);
    expect(report.paths['/proc/self/gid_map']?.content?.trim().split(/\s+/)).toEqual(['0', '200000', '1000']);
    expect(report.hostname).toBe('inside');
    // Bound from the host, where mknod is refused.
    expect(report.paths['/dev/zero']).toMatchObject({ type: 'character', device: '1:5', read: 'ok', write: 'ok' });
    // Owned by the host's root, which the container does not know.
    expect(report.paths['/probe']?.uid).toBe(65_534);
  });

  test('a user namespace without maps has one user, who is the caller', async () => {
    const report = await look({
      args: ['/proc/self/uid_map', '/proc/self/gid_map'],
      linux: { namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }] },
    });
    expect(report.uids).toEqual([0, 0, 0]);
    expect(report.namespaces['user']).not.toBe(own('user'));
    for (const kind of ['uid', 'gid'])
      expect(report.paths[`/proc/self/${kind}_map`]?.content?.trim().split(/\s+/)).toEqual(['0', '0', '1']);
  });

  test("groups that the runtime may not set are an error, not the container's to keep", async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(baseConfig());
    const withoutSetgid = ['--groups', '4,27', '--inh-caps=-setgid', '--bounding-set=-setgid', '--'];
    const command = [...withoutSetgid, tsrun, ...bundle.words('run')];
    const { exitCode, stderr } = await execa('setpriv', command, { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/set additional groups.*: setgroups: EPERM/);
  });

  test("the runtime's groups are kept when an annotation asks for it, and only then", async () => {
    await using bundle = await makeBundle(probe);
    const groupsOf = async (config: RuntimeConfig): Promise<readonly number[]> => {
      await bundle.write(config);
      const { stdout } = await execa('setpriv', ['--groups', '4,27', tsrun, ...bundle.words('run')]);
      return (JSON.parse(stdout) as ProbeReport).groups;
    };
    expect(await groupsOf(baseConfig())).toEqual([]);
    const annotations = { 'run.oci.keep_original_groups': '1' };
    expect(await groupsOf({ ...baseConfig(), annotations })).toEqual([4, 27]);
  });

  test('a user namespace goes together with joined namespaces', async () => {
    await using keeper = await keepNamespaces(['--net']);
    const report = await look({
      linux: {
        namespaces: [
          { type: 'user' },
          { type: 'mount' },
          { type: 'pid' },
          { type: 'network', path: keeper.path('net') },
        ],
        uidMappings: [{ containerID: 0, hostID: 100_000, size: 10 }],
        gidMappings: [{ containerID: 0, hostID: 100_000, size: 10 }],
      },
      top: { mounts: baseConfig().mounts.filter(({ destination }) => destination !== '/sys') },
    });
    expect(report.namespaces['net']).toBe(keeper.inode('net'));
    expect(report.pid).toBe(1);
  });

  test('an existing user namespace is joined, even one that forbids to set groups, and new namespaces belong to it', async () => {
    await using keeper = await keepNamespaces(['--user', '--map-root-user']);
    const report = await look({
      linux: {
        namespaces: [{ type: 'user', path: keeper.path('user') }, { type: 'mount' }, { type: 'pid' }, { type: 'uts' }],
        // Podman says them of a namespace that it lets another container of the pod join.
        uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      },
      top: {
        hostname: 'joined',
        mounts: baseConfig().mounts.filter(({ destination }) => destination !== '/sys' && destination !== '/dev/pts'),
      },
    });
    expect(report.namespaces['user']).toBe(keeper.inode('user'));
    expect(report.hostname).toBe('joined');
  });

  test('hostname and domainname are set, and need an own uts namespace', async () => {
    const report = await look({ top: { hostname: 'box', domainname: 'example.com' } });
    expect([report.hostname, report.domainname]).toEqual(['box', 'example.com']);
    expect(await complaint({ top: { hostname: 'x' }, linux: { namespaces: [{ type: 'mount' }] } })).toContain(
      'hostname: setting it needs the container to have its own uts namespace',
    );
  });

  test('lo is up in a new network namespace', async () => {
    const report = await look({ args: ['/sys/class/net/lo/operstate', '/sys/class/net/lo/flags'] });
    expect(Number(report.paths['/sys/class/net/lo/flags']?.content) & 1).toBe(1);
  });

  test('seen from an own cgroup namespace the cgroup is the root', async () => {
    const report = await look({
      linux: { namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'cgroup' }] },
    });
    expect(report.cgroup).toContain('0::/');
  });
});

describe('mounts', () => {
  test('attributes are set, and only those that are asked for', async () => {
    const report = await look({
      top: {
        mounts: [
          ...baseConfig().mounts,
          {
            destination: '/a',
            type: 'tmpfs',
            source: 'x',
            options: ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'size=32k'],
          },
          { destination: '/b', type: 'tmpfs', source: 'y', options: ['rw', 'strictatime', 'nodiratime', 'mode=1777'] },
        ],
      },
      args: ['/a', '/b'],
    });
    expect(mountAt(report, '/a')).toMatchObject({
      source: 'x',
      options: ['ro', 'nosuid', 'nodev', 'noexec', 'noatime'],
    });
    expect(mountAt(report, '/a').superOptions).toContain('size=32k');
    expect(mountAt(report, '/b')).toMatchObject({ source: 'y', options: ['rw', 'nodiratime'] });
    expect(report.paths['/a']?.write).toBe('EROFS');
    expect(report.paths['/b']).toMatchObject({ write: 'ok', mode: 0o1777 });
  });

  test('a bind shows the source, and a read-only bind is read-only', async () => {
    using source = temporaryFolder();
    const host = source.path;
    await writeFile(join(host, 'file'), 'from the host');
    const report = await look({
      top: {
        mounts: [
          ...baseConfig().mounts,
          { destination: '/data', type: 'bind', source: host, options: ['bind', 'ro'] },
          { destination: '/etc/one/file', source: join(host, 'file'), options: ['bind', 'nosuid'] },
        ],
      },
      args: ['/data', '/data/file', '/etc/one/file'],
    });
    expect(report.paths['/data']).toMatchObject({ entries: ['file'], write: 'EROFS' });
    expect(report.paths['/etc/one/file']).toMatchObject({ content: 'from the host', write: 'ok' });
    expect(mountAt(report, '/data').options).toContain('ro');
    expect(mountAt(report, '/etc/one/file').options).toContain('nosuid');
  });

  test('rbind brings what is mounted below, and recursive attributes reach it', async () => {
    using source = temporaryFolder();
    const host = source.path;
    await mkdir(join(host, 'below'));
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', join(host, 'below')]);
    try {
      const mounts = (options: string[]): readonly Mount[] => [
        ...baseConfig().mounts,
        { destination: '/data', type: 'bind', source: host, options },
      ];
      const plain = await look({ top: { mounts: mounts(['bind']) }, args: ['/data/below'] });
      expect(mountsOf(plain).some(({ point }) => point === '/data/below')).toBe(false);
      const shallow = await look({ top: { mounts: mounts(['rbind', 'ro']) }, args: ['/data', '/data/below'] });
      expect([shallow.paths['/data']?.write, shallow.paths['/data/below']?.write]).toEqual(['EROFS', 'ok']);
      const deep = await look({ top: { mounts: mounts(['rbind', 'rro', 'rnoexec']) }, args: ['/data', '/data/below'] });
      expect([deep.paths['/data']?.write, deep.paths['/data/below']?.write]).toEqual(['EROFS', 'EROFS']);
      expect(mountAt(deep, '/data/below').options).toContain('noexec');
    } finally {
      await execa('umount', [join(host, 'below')]);
    }
  });

  test('a relative bind source starts from the bundle', async () => {
    const mounts = [...baseConfig().mounts, { destination: '/data', source: 'given', options: ['rbind'] }];
    const report = await look({ top: { mounts }, args: ['/data/file'] }, async ({ folder }) => {
      await mkdir(join(folder, 'given'));
      await writeFile(join(folder, 'given/file'), 'near');
    });
    expect(report.paths['/data/file']?.content).toBe('near');
  });

  test('propagation is what the options say', async () => {
    const mounts = ['shared', 'rslave', 'private', 'unbindable'].map((option) => ({
      destination: `/${option}`,
      type: 'tmpfs',
      source: 'tmpfs',
      options: [option],
    }));
    const report = await look({ top: { mounts: [...baseConfig().mounts, ...mounts] } });
    expect(mountAt(report, '/shared').propagation).toEqual([expect.stringMatching(/^shared:/)]);
    expect(mountAt(report, '/rslave').propagation).toEqual([]);
    expect(mountAt(report, '/private').propagation).toEqual([]);
    expect(mountAt(report, '/unbindable').propagation).toEqual(['unbindable']);
  });

  test("the root is private, or shared when the configuration says so, and never linked to the host's", async () => {
    const report = await look({ linux: { rootfsPropagation: 'shared' } });
    expect(mountAt(report, '/').propagation).toEqual([expect.stringMatching(/^shared:\d+$/)]);
    const plain = await look({});
    expect(
      mountsOf(plain)
        .flatMap(({ propagation }) => propagation)
        .filter((word) => word.startsWith('shared')),
    ).toEqual([]);
  });

  test('no mount of the host is left to see', async () => {
    const report = await look({});
    expect(mountsOf(report).map(({ point }) => point)).toEqual(['/', '/proc', '/dev', '/dev/pts', '/sys']);
  });

  test('nothing that the container mounts appears on the host', async () => {
    await using bundle = await makeBundle(probe);
    // Where it would: the root lies in a mount that is shared.
    await execa('mount', ['--bind', bundle.folder, bundle.folder]);
    try {
      await execa('mount', ['--make-shared', bundle.folder]);
      const mounts = async (): Promise<readonly string[]> =>
        (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(bundle.folder));
      const before = await mounts();
      await bundle.probe(changed({ linux: { rootfsPropagation: 'rshared' } }));
      await bundle.probe(changed({}));
      expect(await mounts()).toEqual(before);
    } finally {
      await execa('umount', ['-R', bundle.folder]);
    }
  });

  test('a read-only root refuses writing, one that is not takes it', async () => {
    expect((await look({ top: { root: { path: 'rootfs', readonly: true } } })).paths['/']?.write).toBe('EROFS');
    expect((await look({})).paths['/']?.write).toBe('ok');
  });

  test('a /dev that is mounted read-only still has its devices', async () => {
    const mounts = baseConfig().mounts.map((mount) =>
      mount.destination === '/dev' ? { ...mount, options: ['nosuid', 'ro'] } : mount,
    );
    const report = await look({ top: { mounts }, args: ['/dev', '/dev/null'] });
    expect(report.paths['/dev']?.write).toBe('EROFS');
    expect(report.paths['/dev/null']?.device).toBe('1:3');
  });

  test('a file system that refuses its options is quoted', async () => {
    const mounts = [
      ...baseConfig().mounts,
      { destination: '/t', type: 'tmpfs', source: 'tmpfs', options: ['size=lots'] },
    ];
    expect(await complaint({ top: { mounts } })).toMatch(
      /^tsrun: container ID: mount tmpfs on \/t: tmpfs: Bad value for 'size'/,
    );
  });

  test('parameters of file systems are ignored for a bind, as the kernel does', async () => {
    const mounts = [
      ...baseConfig().mounts,
      { destination: '/t', source: '/etc', options: ['bind', 'mode=755', 'size=1m'] },
    ];
    expect((await look({ args: ['/t/passwd'], top: { mounts } })).paths['/t/passwd']?.read).toBe('ok');
  });

  test('an option that binds do not have is refused, since the kernel would ignore it', async () => {
    const mounts = [...baseConfig().mounts, { destination: '/t', source: '/etc', options: ['rbind', 'r0'] }];
    expect(await complaint({ top: { mounts } })).toBe('tsrun: container ID: bind on /t: "r0" is no option of a bind');
  });

  test('a missing bind source is named', async () => {
    const mounts = [...baseConfig().mounts, { destination: '/t', source: '/no/such', options: ['bind'] }];
    expect(await complaint({ top: { mounts } })).toBe(
      'tsrun: container ID: bind /no/such on /t: open the source: open_tree: ENOENT (no such file or directory)',
    );
  });
});

describe('devices', () => {
  test('the default devices and links are there', async () => {
    const names = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
    const links = ['fd', 'stdin', 'stdout', 'stderr', 'ptmx'];
    const report = await look({ args: [...names, ...links].map((name) => `/dev/${name}`) });
    const devices = names.map((name) => report.paths[`/dev/${name}`]);
    expect(devices.map((found) => found?.device)).toEqual(['1:3', '1:5', '1:7', '1:8', '1:9', '5:0']);
    expect(devices.map((found) => found?.mode)).toEqual(Array(6).fill(0o666));
    expect(links.map((name) => report.paths[`/dev/${name}`]?.target)).toEqual([
      '/proc/self/fd',
      '/proc/self/fd/0',
      '/proc/self/fd/1',
      '/proc/self/fd/2',
      'pts/ptmx',
    ]);
  });

  test('a configured device has its owner, mode and numbers', async () => {
    const report = await look({
      args: ['/dev/deep/er', '/tmp/pipe'],
      linux: {
        devices: [
          { path: '/dev/deep/er', type: 'b', major: 7, minor: 3, fileMode: 0o640, uid: 5, gid: 6 },
          { path: '/tmp/pipe', type: 'p', fileMode: 0o600 },
        ],
      },
    });
    expect(report.paths['/dev/deep/er']).toMatchObject({ type: 'block', device: '7:3', mode: 0o640, uid: 5, gid: 6 });
    expect(report.paths['/tmp/pipe']).toMatchObject({ type: 'fifo', mode: 0o600 });
  });

  test('there is a console only with a terminal', async () => {
    expect((await look({ args: ['/dev/console'] })).paths['/dev/console']?.type).toBe('ENOENT');
  });

  // Reading the kernel's log also takes CAP_SYSLOG; with it only the device rules are in the way.
  const syslog = ['CAP_SYSLOG'];
  const process = { capabilities: { bounding: syslog, permitted: syslog, effective: syslog } };
  const kmsg = { type: 'c', major: 1, minor: 11 } as const;
  type DeviceRules = NonNullable<NonNullable<Linux['resources']>['devices']>;

  /** How /dev/kmsg can be opened for reading and for writing under these rules. */
  async function openKmsg(rules?: DeviceRules): Promise<(string | undefined)[]> {
    const resources = rules === undefined ? {} : { resources: { devices: rules } };
    const linux = { devices: [{ path: '/dev/kmsg', ...kmsg }], ...resources };
    const report = await look({ args: ['/dev/kmsg'], process, linux });
    expect(report.paths['/dev/kmsg']?.device).toBe('1:11');
    return [report.paths['/dev/kmsg']?.read, report.paths['/dev/kmsg']?.write];
  }

  test('a device that no rule allows cannot be opened, though its node can be made', async () => {
    expect(await openKmsg()).toEqual(['EPERM', 'EPERM']);
  });

  test('of several device rules the last one decides, for each access by itself', async () => {
    const rule = (allow: boolean, access: string): DeviceRules[number] => ({ allow, access, ...kmsg });
    expect(await openKmsg([rule(true, 'rwm'), rule(false, 'w')])).toEqual(['ok', 'EPERM']);
    expect(await openKmsg([rule(false, 'w'), rule(true, 'rwm')])).toEqual(['ok', 'ok']);
    expect(await openKmsg([{ allow: true }, rule(false, 'r')])).toEqual(['EPERM', 'ok']);
    expect(await openKmsg([{ allow: true, type: 'a' }])).toEqual(['ok', 'ok']);
    expect(await openKmsg([{ allow: true, type: 'c', major: 1 }, { allow: false }])).toEqual(['EPERM', 'EPERM']);
  });

  test('the default devices work under any rules', async () => {
    const report = await look({ args: ['/dev/null'], linux: { resources: { devices: [{ allow: false }] } } });
    expect(report.paths['/dev/null']).toMatchObject({ read: 'ok', write: 'ok' });
  });
});

describe('masked and read-only paths', () => {
  test('masked files read as empty, masked folders have no entries, and neither can be written', async () => {
    const maskedPaths = ['/proc/kallsyms', '/proc/fs', '/etc/secret', '/no/such/path', '/etc/secret/below'];
    const report = await look(
      { args: ['/proc/kallsyms', '/proc/fs', '/etc/secret'], linux: { maskedPaths } },
      async ({ rootfs }) => writeFile(join(rootfs, 'etc/secret'), 'hidden'),
    );
    expect(report.paths['/proc/kallsyms']).toMatchObject({ type: 'character', device: '1:3', read: 'ok' });
    expect(report.paths['/etc/secret']).toMatchObject({ type: 'character', device: '1:3', read: 'ok' });
    expect(report.paths['/proc/fs']).toMatchObject({ type: 'folder', entries: [], write: 'EROFS' });
  });

  test('read-only paths refuse writing, also for a root that may do everything', async () => {
    const set = ['CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN'];
    const args = ['/proc/sys/kernel/hostname', '/etc', '/tmp'];
    const process = { capabilities: { bounding: set, permitted: set, effective: set } };
    const free = await look({ args, process });
    expect(args.map((path) => free.paths[path]?.write)).toEqual(['ok', 'ok', 'ok']);
    const bound = await look({ args, process, linux: { readonlyPaths: ['/proc/sys', '/etc', '/missing'] } });
    expect(args.map((path) => bound.paths[path]?.write)).toEqual(['EROFS', 'EROFS', 'ok']);
  });
});

describe('sysctl', () => {
  test("values are set in the container's namespaces only", async () => {
    const host = await readFile('/proc/sys/kernel/shm_rmid_forced', 'utf8');
    const report = await look({
      args: ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/kernel/shm_rmid_forced'],
      linux: { sysctl: { 'net.ipv4.ip_forward': '1', 'kernel/shm_rmid_forced': '1' } },
    });
    expect(report.paths['/proc/sys/net/ipv4/ip_forward']?.content).toBe('1\n');
    expect(report.paths['/proc/sys/kernel/shm_rmid_forced']?.content).toBe('1\n');
    expect(await readFile('/proc/sys/kernel/shm_rmid_forced', 'utf8')).toBe(host);
  });

  test('what would change the host is refused', async () => {
    expect(await complaint({ linux: { sysctl: { 'vm.swappiness': '1' } } })).toContain(
      '"vm.swappiness" belongs to no namespace',
    );
    expect(
      await complaint({ linux: { sysctl: { 'net.ipv4.ip_forward': '1' }, namespaces: [{ type: 'mount' }] } }),
    ).toContain('"net.ipv4.ip_forward" needs the container to have its own network namespace');
    expect(await complaint({ linux: { sysctl: { 'net.../../kernel.hostname': 'x' } } })).toContain(
      'tsrun: container ID:',
    );
  });
});

describe('what is not supported yet', () => {
  test('a restriction that cannot be kept is refused by name instead of being dropped', async () => {
    const linux = { intelRdt: { closID: 'group' } } as Linux;
    expect(await complaint({ linux })).toBe('tsrun: container ID: config.json: linux.intelRdt is not supported yet');
  });
});
