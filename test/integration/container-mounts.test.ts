// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Mounts and devices as the probe finds them inside of a container that the real tsrun made.

import {
  chmod,
  chown,
  copyFile,
  lchown,
  link,
  lutimes,
  mkdir,
  readdir,
  readFile,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { configWith, hostMount, mapped, type PrepareBundle, probedContainers } from '../support/container-mounts.ts';
import { mountAt, mountsOf, type ProbeReport } from '../support/probe.ts';

const { probe, look, complaint } = probedContainers();
const host = hostMount();

const optionsOf = (report: ProbeReport): readonly string[] => mountAt(report, '/data').options;

describe('a remount', () => {
  const tmpfs = { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=64k'] };

  test('changes the flags of the mount that is there', async () => {
    const remount = { destination: '/data', source: 'none', options: ['bind', 'remount', 'ro', 'nosuid', 'size=1k'] };
    expect(optionsOf(await look({ mounts: [tmpfs, remount] }))).toEqual(['ro', 'nosuid', 'relatime']);
  });

  test('changes parameters of the file system', async () => {
    const remount = { destination: '/data', type: 'tmpfs', options: ['remount', 'size=128k', 'sync'] };
    const report = await look({ mounts: [tmpfs, remount] });
    expect(mountAt(report, '/data').superOptions).toEqual(expect.arrayContaining(['size=128k', 'sync']));
  });

  test('that the file system refuses is quoted', async () => {
    const remount = { destination: '/data', type: 'tmpfs', options: ['remount', 'size=lots'] };
    expect(await complaint({ mounts: [tmpfs, remount] })).toContain("remount /data: tmpfs: Bad value for 'size'");
  });

  test('of what is not a mount is an error', async () => {
    const remount = { destination: '/etc', options: ['remount', 'bind', 'ro'] };
    expect(await complaint({ mounts: [remount] })).toMatch(/remount \/etc: mount_setattr: EINVAL/);
  });
});

describe('the root', () => {
  const at = async (path: string, prepare?: PrepareBundle): Promise<Outcome> => {
    await using bundle = await makeBundle(probe);
    await prepare?.(bundle);
    return await bundle.run({ ...baseConfig('/etc/here'), root: { path } });
  };

  test('may be given by a link, and be a mount', async () => {
    await execa('cp', [probe, join(host.path, 'probe')]);
    await mkdir(join(host.path, 'etc'));
    await writeFile(join(host.path, 'etc/here'), 'found');
    for (const path of [host.path, 'link']) {
      const { stdout, stderr } = await at(path, ({ folder }) => symlink(host.path, join(folder, 'link')));
      expect(stderr).toBe('');
      expect((JSON.parse(stdout) as ProbeReport).paths['/etc/here']?.content).toBe('found');
    }
  });

  test('that is missing or a file is named', async () => {
    expect((await at('missing')).stderr).toMatch(/root \/.*\/missing: openat: ENOENT/);
    expect((await at('config.json')).stderr).toMatch(/root \/.*\/config\.json: expected a folder, found a file/);
  });

  test('is entered without pivot_root too, and leaves no whole /proc of the host behind', async () => {
    await using bundle = await makeBundle(probe);
    await copyFile('/bin/busybox', join(bundle.rootfs, 'busybox'));
    const base = configWith({ linux: { maskedPaths: ['/proc/kallsyms'] } });
    const script = '/busybox mount -t proc none /tmp || echo refused';
    const args = ['/busybox', 'unshare', '-mUrpf', '/busybox', 'sh', '-c', script];
    // Not as root, who would need a capability for a user namespace with itself in it.
    await bundle.write({ ...base, process: { ...base.process, args, user: { uid: 1000, gid: 1000 } } });
    const command = bundle.words('run', '--no-pivot');
    expect((await execa(tsrun, command, { reject: false })).stdout).toBe('refused');
    await bundle.write(configWith({ args: ['/proc/self/root', '/..'] }));
    const report = JSON.parse((await execa(tsrun, command)).stdout) as ProbeReport;
    expect(mountsOf(report).map(({ point }) => point)).toEqual(['/', '/proc', '/dev', '/dev/pts', '/sys']);
  });
});

describe('a working folder that is missing', () => {
  test('is made, also in a root that is read-only', async () => {
    const base = configWith({});
    await using bundle = await makeBundle(probe);
    const report = await bundle.probe({
      ...base,
      root: { path: 'rootfs', readonly: true },
      process: { ...base.process, cwd: '/srv/new' },
    });
    expect(report.cwd).toBe('/srv/new');
    expect(report.paths['/']?.write).toBe('EROFS');
  });
});

test('the kernel lists mounts in the order of the lines, shared binds too', async () => {
  const tmpfs = (destination: string): Mount => ({ destination, type: 'tmpfs', options: ['mode=755'] });
  const shared = { ...host.bind('rbind', 'rshared'), destination: '/b' };
  const report = await look({ mounts: [tmpfs('/a'), shared, tmpfs('/c')] });
  const points = mountsOf(report).map(({ point }) => point);
  expect(points).toEqual(['/', '/proc', '/dev', '/dev/pts', '/sys', '/a', '/b', '/c']);
});

describe('destinations', () => {
  test('are taken from the root when they are relative', async () => {
    const report = await look({ mounts: [{ ...host.bind('bind'), destination: 'a/./../data/' }] });
    expect(mountAt(report, '/data').root).toBe('/');
  });

  test('may be the root itself', async () => {
    await execa('cp', [probe, join(host.path, 'probe')]);
    const base = baseConfig('/probe', '/only-here');
    await writeFile(join(host.path, 'only-here'), 'new root');
    await using bundle = await makeBundle(probe);
    const mounts = [{ destination: '/', source: host.path, options: ['bind'] }, ...base.mounts];
    const report = await bundle.probe({ ...base, mounts });
    expect(report.paths['/only-here']?.content).toBe('new root');
    expect(mountsOf(report).map(({ point }) => point)).toEqual(expect.arrayContaining(['/proc', '/dev', '/sys']));
  });

  test('of tmpfs give it their mode, unless it has one or they were made for it', async () => {
    const at = (destination: string, ...options: readonly string[]): Mount => ({ destination, type: 'tmpfs', options });
    const report = await look(
      {
        mounts: [at('/kept', 'ro'), at('/own', 'mode=1500'), at('/made/deep')],
        args: ['/kept', '/own', '/made/deep', '/made'],
      },
      async ({ rootfs }) => {
        for (const name of ['kept', 'own']) {
          await mkdir(join(rootfs, name));
          await chmod(join(rootfs, name), 0o2710);
        }
      },
    );
    const mode = (path: string): number | undefined => report.paths[path]?.mode;
    expect([mode('/kept'), mode('/own'), mode('/made/deep'), mode('/made')]).toEqual([0o2710, 0o1500, 0o1777, 0o755]);
  });

  test('that are missing keep the group of a setgid folder above', async () => {
    const report = await look(
      { mounts: [{ ...host.bind('bind'), destination: '/shared/a/b' }], args: ['/shared/a'] },
      async ({ rootfs }) => {
        await mkdir(join(rootfs, 'shared'));
        await chmod(join(rootfs, 'shared'), 0o7755);
      },
    );
    expect(report.paths['/shared/a']?.mode).toBe(0o2755);
  });
});

describe('tmpcopyup', () => {
  const mounts = [{ destination: '/data', type: 'tmpfs', options: ['tmpcopyup', 'ro'] }];
  const then = 1_000_000_000;

  async function fill({ rootfs }: TestBundle): Promise<void> {
    const data = join(rootfs, 'data');
    await mkdir(join(data, 'below/deep'), { recursive: true });
    await writeFile(join(data, 'file'), 'copied');
    await execa('truncate', ['-s', '3000000', join(data, 'large')]);
    await execa('setfattr', ['-n', 'security.tskit', '-v', 'kept', join(data, 'file')]);
    await execa('setfattr', ['-n', 'trusted.tskit', '-v', 'kept too', join(data, 'below')]);
    await link(join(data, 'file'), join(data, 'below/second'));
    await symlink('../../../etc/shadow', join(data, 'below/link'));
    await execa('mknod', [join(data, 'node'), 'c', '1', '3']);
    await execa('mkfifo', [join(data, 'pipe')]);
    await chown(join(data, 'file'), 5, 6);
    await lchown(join(data, 'below/link'), 7, 8);
    await chown(data, 9, 10);
    await chmod(join(data, 'file'), 0o4755);
    await chmod(join(data, 'below'), 0o1770);
    await chmod(data, 0o2711);
    for (const name of ['file', 'below', 'node', '.']) await utimes(join(data, name), then, then);
    await lutimes(join(data, 'below/link'), then, then);
  }

  test('begins with what the folder has: owners, modes, times, attributes, links and nodes', async () => {
    const names = ['', '/file', '/below', '/below/second', '/below/link', '/below/deep', '/node', '/pipe', '/large'];
    const { paths } = await look({ mounts, args: names.map((name) => `/data${name}`) }, fill);
    const at = (name: string): object => paths[`/data${name}`] ?? {};
    const times = { modified: then };
    expect(at('')).toMatchObject({ mode: 0o2711, uid: 9, gid: 10, ...times, write: 'EROFS' });
    expect(at('/file')).toMatchObject({ mode: 0o4755, uid: 5, gid: 6, content: 'copied', links: 2, ...times });
    expect(at('/file')).toMatchObject({ attributes: ['security.tskit=kept'] });
    expect(at('/below')).toMatchObject({ mode: 0o1770, ...times });
    expect(at('/below/second')).toMatchObject({ content: 'copied', links: 2 });
    expect(at('/below/link')).toMatchObject({ target: '../../../etc/shadow', uid: 7, gid: 8, ...times });
    expect(at('/below/deep')).toMatchObject({ type: 'folder' });
    expect(at('/node')).toMatchObject({ device: '1:3', ...times });
    expect(at('/pipe')).toMatchObject({ type: 'fifo' });
    expect(at('/large')).toMatchObject({ type: 'file' });
  });

  test('changes nothing of the folder itself', async () => {
    await using bundle = await makeBundle(probe);
    const writable = [{ destination: '/data', type: 'tmpfs', options: ['tmpcopyup'] }];
    await mkdir(join(bundle.rootfs, 'data'));
    const report = await bundle.probe(configWith({ mounts: writable, args: ['/data'] }));
    expect(report.paths['/data']?.write).toBe('ok');
    expect(await readdir(join(bundle.rootfs, 'data'))).toEqual([]);
  });

  test('works in a user namespace, where unknown owners stay unknown', async () => {
    const { paths } = await look({ mounts, linux: mapped, args: ['/data/file'] }, async ({ rootfs }) => {
      await writeFile(join(rootfs, 'data/file'), 'copied');
    });
    expect(paths['/data/file']).toMatchObject({ content: 'copied', uid: 65_534 });
  });

  test('that does not fit is an error that names the file', async () => {
    const small = [{ destination: '/data', type: 'tmpfs', options: ['tmpcopyup', 'size=64k'] }];
    expect(
      await complaint({ mounts: small }, ({ rootfs }) => execa('truncate', ['-s', '1M', join(rootfs, 'data/large')])),
    ).toMatch(/mount tmpfs on \/data: copy "large": sendfile: ENOSPC/);
  });

  test('of folders that are too deep is an error that names where it ended', async () => {
    const tmpfs = [{ destination: '/data', type: 'tmpfs', options: ['tmpcopyup'] }];
    const deep =
      (depth: number): PrepareBundle =>
      ({ rootfs }) =>
        mkdir(join(rootfs, 'data', ...Array<string>(depth).fill('d')), { recursive: true });
    await look({ mounts: tmpfs }, deep(200));
    expect(await complaint({ mounts: tmpfs }, deep(201))).toMatch(
      /^tsrun: container ID: mount tmpfs on \/data: copy "(d\/){200}d": expected at most 200 folders in each other/,
    );
  });

  test('is for tmpfs only', async () => {
    const wrong = [{ destination: '/data', type: 'ramfs', options: ['tmpcopyup'] }];
    expect(await complaint({ mounts: wrong })).toContain('mount on /data: "tmpcopyup" is for tmpfs');
  });
});

describe('what the kernel mounts', () => {
  test('terminals have no group in a user namespace that does not know it', async () => {
    const gid = { ...mapped, gidMappings: [{ containerID: 0, hostID: 100_000, size: 5 }] };
    const pts = { destination: '/dev/pts', type: 'devpts', options: ['newinstance', 'mode=0620', 'gid=5'] };
    expect(mountAt(await look({ mounts: [pts], linux: mapped }), '/dev/pts').superOptions).toContain('gid=100005');
    expect(mountAt(await look({ mounts: [pts], linux: gid }), '/dev/pts').superOptions).toEqual(
      expect.not.arrayContaining([expect.stringContaining('gid=')]),
    );
  });

  test("a read-only sysfs is the host's where a user namespace may not have its own", async () => {
    const namespaces = mapped.namespaces?.filter(({ type }) => type !== 'network') ?? [];
    const report = await look({ linux: { ...mapped, namespaces }, args: ['/sys/kernel', '/sys/fs/cgroup'] });
    expect(mountAt(report, '/sys').options).toContain('ro');
    const below = mountsOf(report).filter(({ point }) => point.startsWith('/sys/'));
    expect(below.length).toBeGreaterThan(0);
    for (const { options } of below) expect(options).toContain('ro');
  });

  test('an overlay with more lower folders than a parameter of fsconfig holds', async () => {
    const lower = Array.from({ length: 40 }, (_, index) => join(host.path, `lower-${index}`));
    for (const folder of lower) {
      await mkdir(folder);
      await writeFile(join(folder, folder.slice(host.path.length + 1)), 'x');
    }
    for (const name of ['upper', 'work']) await mkdir(join(host.path, name));
    const data = [
      `lowerdir=${lower.join(':')}`,
      `upperdir=${join(host.path, 'upper')}`,
      `workdir=${join(host.path, 'work')}`,
    ];
    const mounts = [
      { destination: '/data', type: 'overlay', source: 'overlay', options: [...data, 'nosuid', 'rshared'] },
    ];
    const report = await look({ mounts, args: ['/data'] });
    expect(report.paths['/data']?.entries?.length).toBe(40);
    expect(mountAt(report, '/data')).toMatchObject({
      options: ['rw', 'nosuid', 'relatime'],
      propagation: [expect.stringMatching(/^shared:/)],
    });
  });

  test('a label has no effect where SELinux is not in use', async () => {
    const report = await look({ linux: { mountLabel: 'system_u:object_r:container_file_t:s0:c1,c2' } });
    expect(mountAt(report, '/dev')?.superOptions.join()).not.toContain('context');
  });

  test('a mount without type and bind is an error', async () => {
    expect(await complaint({ mounts: [{ destination: '/data', source: 'none', type: 'none' }] })).toContain(
      'mount on /data: expected a type or the option "bind", found neither',
    );
    const change = { destination: '/dev', type: 'none', options: ['rshared'] };
    expect(mountAt(await look({ mounts: [change] }), '/dev').propagation).toEqual([expect.stringMatching(/^shared:/)]);
  });
});

describe('cgroups', () => {
  const mounts = (options: readonly string[]): readonly Mount[] => [
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options },
  ];
  const below = (report: ProbeReport): readonly (readonly [string, string, string])[] =>
    mountsOf(report)
      .filter(({ point }) => point.startsWith('/sys/fs/cgroup/'))
      .map(({ point, root, type }) => [point.slice('/sys/fs/cgroup/'.length), root, type] as const);

  test('are each of the hierarchies that the host has, read-only when asked for', async () => {
    const hierarchies = (await readFile('/proc/self/cgroup', 'utf8')).trim().split('\n');
    const names = hierarchies
      .map((line) => line.split(':')[1]?.replace('name=', '') ?? '')
      .map((name) => name || 'unified');
    for (const type of [undefined, 'cgroup', 'user'] as const) {
      const namespaces = [...(baseConfig().linux.namespaces ?? []), ...(type === undefined ? [] : [{ type }])];
      const linux = { ...(type === 'user' ? mapped : {}), namespaces };
      const report = await look({ mounts: mounts(['ro', 'nosuid']), linux, args: ['/sys/fs/cgroup'] });
      expect(
        below(report)
          .map(([name]) => name)
          .toSorted(),
      ).toEqual(names.toSorted());
      expect(report.paths['/sys/fs/cgroup']?.entries?.toSorted()).toEqual(names.toSorted());
      const points = mountsOf(report).filter(({ point }) => point.startsWith('/sys/fs/cgroup'));
      expect(points.filter(({ options }) => !options.includes('ro'))).toEqual([]);
    }
  });

  test("show the container's own part, with a namespace and without", async () => {
    for (const more of [[], [{ type: 'cgroup' as const }]]) {
      await using bundle = await makeBundle(probe);
      const linux = { namespaces: [...(baseConfig().linux.namespaces ?? []), ...more] };
      const report = await bundle.probe(configWith({ mounts: mounts(['rw']), linux }));
      const root = below(report).find(([name]) => name === 'unified')?.[1];
      expect(root).toMatch(more.length === 0 ? new RegExp(`${bundle.id}$`) : /^\/$/);
    }
  });
});

test('a /dev that is read-only by any word still has its devices', async () => {
  for (const word of ['ro', 'rro']) {
    const dev = { destination: '/dev', type: 'tmpfs', options: ['nosuid', word] };
    const report = await look({ mounts: [dev], args: ['/dev', '/dev/null'] });
    expect(report.paths['/dev']?.write).toBe('EROFS');
    expect(report.paths['/dev/null']?.device).toBe('1:3');
  }
});

describe('devices in a user namespace', () => {
  const lookAt = async (device: NonNullable<Linux['devices']>[number]): Promise<object> => {
    const rules = [{ allow: true }];
    const linux = { ...mapped, devices: [device], resources: { devices: rules } };
    return (await look({ linux, args: ['/dev/own'] })).paths['/dev/own'] ?? {};
  };

  test('have the owner and mode that they are to have, also one that the host has not', async () => {
    const own = { path: '/dev/own', type: 'c', major: 1, minor: 5 } as const;
    expect(await lookAt({ ...own, uid: 10, gid: 11, fileMode: 0o157 })).toMatchObject({
      device: '1:5',
      uid: 10,
      gid: 11,
      mode: 0o157,
    });
    expect(await lookAt(own)).toMatchObject({ device: '1:5', uid: 0, gid: 0, mode: 0o666, read: 'ok', write: 'ok' });
    expect(await lookAt({ path: '/dev/own', type: 'p', fileMode: 0o640 })).toMatchObject({ type: 'fifo', mode: 0o640 });
  });

  test('are nosuid and noexec mounts', async () => {
    const report = await look({ linux: mapped });
    for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty'])
      expect(mountAt(report, `/dev/${name}`).options).toEqual(expect.arrayContaining(['nosuid', 'noexec']));
  });
});

describe('a runtime of an ordinary user', () => {
  const user = 100_000;
  const own = [{ containerID: 0, hostID: user, size: 1 }];
  const linux: Linux = { ...mapped, uidMappings: own, gidMappings: own };

  /** Runs a container as that user, who owns the bundle. */
  async function runAsUser(mounts: readonly Mount[], ...args: readonly string[]): Promise<Outcome> {
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    await writeFile(join(bundle.rootfs, 'data/file'), 'copied');
    await bundle.write(configWith({ mounts, linux, args }));
    // Where the checkout lies may be closed to the user.
    const binary = join(bundle.folder, 'tsrun');
    await copyFile(tsrun, binary);
    await execa('chown', ['-R', `${user}:${user}`, bundle.folder]);
    const as = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const command = [binary, ...bundle.words('run')];
    const { exitCode, stdout, stderr } = await execa('setpriv', [...as, ...command], { reject: false });
    return { exitCode, stdout, stderr };
  }

  test('makes the usual mounts, devices and copies', async () => {
    const copy = { destination: '/data', type: 'tmpfs', options: ['tmpcopyup'] };
    const bind = { destination: '/share', source: '/usr/share', options: ['rbind', 'ro'] };
    const { stdout, stderr } = await runAsUser([copy, bind], '/data/file', '/share', '/dev/zero');
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as ProbeReport;
    expect(report.paths['/data/file']).toMatchObject({ content: 'copied', uid: 0 });
    expect(report.paths['/share']?.write).toBe('EROFS');
    expect(report.paths['/dev/zero']).toMatchObject({ device: '1:5', read: 'ok' });
    expect(mountsOf(report).map(({ point }) => point)).toEqual(expect.arrayContaining(['/proc', '/dev', '/sys']));
  });

  test('cannot bind what is closed to the user, nor map ids', async () => {
    await mkdir(join(host.path, 'closed/below'), { recursive: true });
    await chmod(join(host.path, 'closed'), 0o700);
    const closed = { destination: '/data', source: join(host.path, 'closed/below'), options: ['bind'] };
    expect((await runAsUser([closed])).stderr).toMatch(/bind .* on \/data: open the source: open_tree: EACCES/);
    expect((await runAsUser([host.bind('bind', 'idmap')])).stderr).toContain(
      'id-mapped mounts need a runtime with the privileges of root',
    );
  });
});
