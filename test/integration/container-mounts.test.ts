// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Lines of `mounts` as the probe finds them inside of a container that the real tsrun made.

import { once } from 'node:events';
import {
  chmod,
  chown,
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Linux, Mount, RuntimeConfig } from '../../init/contract.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, mountAt, mountsOf, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

type Prepare = (bundle: TestBundle) => Promise<unknown>;

interface Wish {
  readonly mounts?: readonly Mount[];
  readonly linux?: Linux;
  readonly args?: readonly string[];
}

function config({ mounts = [], linux = {}, args = [] }: Wish): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, mounts: [...base.mounts, ...mounts], linux: { ...base.linux, ...linux } };
}

async function look(wish: Wish, prepare?: Prepare): Promise<ProbeReport> {
  await using bundle = await makeBundle(probe);
  await mkdir(join(bundle.rootfs, 'data'));
  await prepare?.(bundle);
  return await bundle.probe(config(wish));
}

/** What tsrun says when the container cannot be made. */
async function complaint(wish: Wish, prepare?: Prepare): Promise<string> {
  await using bundle = await makeBundle(probe);
  await mkdir(join(bundle.rootfs, 'data'));
  await prepare?.(bundle);
  const { exitCode, stderr } = await bundle.run(config(wish));
  expect(exitCode).toBe(1);
  return stderr.replace(bundle.id, 'ID');
}

const mapped: Linux = {
  namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

/** A mount of the host, made for one test. */
let host = '';
let source: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  source = temporaryFolder();
  host = source.path;
  await execa('mount', ['-t', 'tmpfs', 'tmpfs', host]);
  await chmod(host, 0o755);
});
afterEach(async () => {
  await execa('umount', ['-R', host]);
  source[Symbol.dispose]();
});

const remountHost = (options: string): Promise<unknown> => execa('mount', ['-o', `remount,bind,${options}`, host]);
const bindOf = (...options: readonly string[]): Mount => ({ destination: '/data', source: host, options });
const optionsOf = (report: ProbeReport): readonly string[] => mountAt(report, '/data').options;

describe('the flags of a bind', () => {
  test("are the source's when the line mentions none", async () => {
    await remountHost('ro,noexec,noatime');
    expect(optionsOf(await look({ mounts: [bindOf('bind', 'rprivate')] }))).toEqual(['ro', 'noexec', 'noatime']);
  });

  test('are those of the line when it mentions any, but for the access time', async () => {
    await remountHost('ro,nosuid,nodev,noexec,noatime');
    expect(optionsOf(await look({ mounts: [bindOf('bind', 'nodev')] }))).toEqual(['rw', 'nodev', 'noatime']);
    expect(optionsOf(await look({ mounts: [bindOf('bind', 'relatime')] }))).toEqual(['rw', 'relatime']);
    expect(optionsOf(await look({ mounts: [bindOf('bind', 'rw')] }))).toEqual(['rw', 'noatime']);
  });

  test('are added to those of the source in a user namespace, where these are locked', async () => {
    await remountHost('nosuid,nodev,noexec,noatime');
    const report = await look({ mounts: [bindOf('bind', 'ro')], linux: mapped });
    expect(optionsOf(report)).toEqual(['ro', 'nosuid', 'nodev', 'noexec', 'noatime']);
  });

  test('cannot be cleared in a user namespace when the source has them', async () => {
    await remountHost('ro');
    expect(await complaint({ mounts: [bindOf('bind', 'rw')], linux: mapped })).toMatch(/bind .* on \/data: .*EPERM/);
    await remountHost('rw,noatime');
    expect(await complaint({ mounts: [bindOf('bind', 'strictatime')], linux: mapped })).toMatch(/EPERM/);
  });

  test('of the source stay locked for a container that may mount, however its path is closed to it', async () => {
    const set = ['CAP_SYS_ADMIN'];
    const base = config({ mounts: [bindOf('rbind')], linux: mapped, args: ['--unlock', '/data'] });
    const process = { ...base.process, capabilities: { bounding: set, permitted: set, effective: set } };
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    for (const mode of [0o755, 0o700]) {
      await remountHost('rw');
      await chmod(host, mode);
      await remountHost('ro');
      const report = await bundle.probe({ ...base, process });
      expect(report.paths['/data']?.unlock).toBe('EPERM');
    }
  });
});

describe('the source of a bind', () => {
  test('may lie in the root, among what was mounted before', async () => {
    await using bundle = await makeBundle(probe);
    await mkdir(join(host, 'given'));
    await writeFile(join(host, 'given/file'), 'through the root');
    const inRoot = join(bundle.rootfs, 'data/given');
    const mounts = [bindOf('bind'), { destination: '/again', source: inRoot, options: ['rbind'] }];
    const report = await bundle.probe(config({ mounts, args: ['/again/file'] }));
    expect(report.paths['/again/file']?.content).toBe('through the root');
  });

  test('may be closed to the container that has its own users', async () => {
    await mkdir(join(host, 'closed'));
    await mkdir(join(host, 'closed/open'));
    await writeFile(join(host, 'closed/open/file'), 'reached');
    await symlink('open', join(host, 'closed/link'));
    await chmod(join(host, 'closed'), 0);
    for (const name of ['open', 'link']) {
      const mounts = [{ destination: '/data', source: join(host, 'closed', name), options: ['bind', 'ro'] }];
      const report = await look({ mounts, linux: mapped, args: ['/data/file'] });
      expect(report.paths['/data/file']?.content).toBe('reached');
    }
  });

  test('that is missing is named when the runtime opens it too', async () => {
    await chmod(host, 0o700);
    const mounts = [{ destination: '/data', source: join(host, 'none'), options: ['bind'] }];
    expect(await complaint({ mounts, linux: mapped })).toMatch(
      /bind .*none on \/data: open the source: open_tree.*ENOENT/,
    );
  });
});

describe('id-mapped mounts', () => {
  const ids = (hostID: number, size = 10): Pick<Mount, 'uidMappings' | 'gidMappings'> => ({
    uidMappings: [{ containerID: 0, hostID, size }],
    gidMappings: [{ containerID: 0, hostID, size }],
  });

  async function ownerOf(mount: Mount, linux: Linux = {}): Promise<readonly (number | undefined)[]> {
    await writeFile(join(host, 'file'), '');
    await chown(join(host, 'file'), 3, 4);
    const { paths } = await look({ mounts: [mount], linux, args: ['/data/file'] });
    return [paths['/data/file']?.uid, paths['/data/file']?.gid];
  }

  test('show the ids of the files as the mappings say, also with a user namespace', async () => {
    expect(await ownerOf({ ...bindOf('bind'), ...ids(1000) })).toEqual([1003, 1004]);
    expect(await ownerOf({ ...bindOf('bind'), ...ids(100_000) }, mapped)).toEqual([3, 4]);
    expect(await ownerOf({ ...bindOf('bind'), ...ids(100_010) }, mapped)).toEqual([13, 14]);
  });

  test('mean the mappings of the container when they have none', async () => {
    expect(await ownerOf(bindOf('bind', 'idmap'), mapped)).toEqual([3, 4]);
    expect(await ownerOf(bindOf('bind'), mapped)).toEqual([65_534, 65_534]);
  });

  test('mean the mappings of the user namespace that the container joins', async () => {
    await using keeper = await makeBundle(probe);
    await keeper.write(config({ linux: mapped, args: ['--wait=15'] }));
    const pidFile = join(keeper.folder, 'pid');
    const kept = execa(tsrun, ['run', '-b', keeper.folder, '--pid-file', pidFile, keeper.id], { reject: false });
    await once(kept.stdout, 'data');
    const user = { type: 'user' as const, path: `/proc/${await readFile(pidFile, 'utf8')}/ns/user` };
    const base = baseConfig().mounts.filter(({ destination }) => destination !== '/sys');
    await writeFile(join(host, 'file'), '');
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    const report = await bundle.probe({
      ...config({
        args: ['/data/file'],
        linux: { namespaces: [user, { type: 'mount' }, { type: 'pid' }, { type: 'ipc' }] },
      }),
      mounts: [...base, bindOf('bind', 'idmap')],
    });
    kept.kill('SIGTERM');
    await kept;
    expect(report.paths['/data/file']?.uid).toBe(0);
  });

  test('reach what is mounted below with ridmap only', async () => {
    await mkdir(join(host, 'below'));
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', join(host, 'below')]);
    for (const [option, uid] of [
      ['idmap', 65_534],
      ['ridmap', 0],
    ] as const) {
      const report = await look({ mounts: [bindOf('rbind', option)], linux: mapped, args: ['/data/below', '/data'] });
      expect(report.paths['/data']?.uid).toBe(0);
      expect(report.paths['/data/below']?.uid).toBe(uid);
    }
  });

  test('need mappings, both, and a bind', async () => {
    expect(await complaint({ mounts: [bindOf('bind', 'idmap')] })).toContain(
      '"idmap" needs uidMappings and gidMappings',
    );
    const { uidMappings = [] } = ids(1);
    expect(await complaint({ mounts: [{ ...bindOf('bind'), uidMappings }] })).toContain(
      'expected both uidMappings and',
    );
    const tmpfs = { destination: '/t', type: 'tmpfs', ...ids(1) };
    expect(await complaint({ mounts: [tmpfs] })).toContain('mount on /t: only binds can have their ids mapped');
  });

  test('of a file system that does not support it are refused', async () => {
    const mounts = [{ destination: '/data', source: '/proc/sys', options: ['bind'], ...ids(1000) }];
    expect(await complaint({ mounts })).toMatch(
      /map its ids \(its file system must support that\): mount_setattr: EINVAL/,
    );
  });
});

describe('a remount', () => {
  const tmpfs = { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=64k'] };

  test('changes the flags of the mount that is there', async () => {
    const remount = { destination: '/data', source: 'none', options: ['bind', 'remount', 'ro', 'nosuid'] };
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

describe('a working folder that is missing', () => {
  test('is made, also in a root that is read-only', async () => {
    const base = config({});
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

describe('destinations', () => {
  test('are taken from the root when they are relative', async () => {
    const report = await look({ mounts: [{ ...bindOf('bind'), destination: 'a/./../data/' }] });
    expect(mountAt(report, '/data').root).toBe('/');
  });

  test('may be the root itself', async () => {
    await execa('cp', [probe, join(host, 'probe')]);
    const base = baseConfig('/probe', '/only-here');
    await writeFile(join(host, 'only-here'), 'new root');
    await using bundle = await makeBundle(probe);
    const mounts = [{ destination: '/', source: host, options: ['bind'] }, ...base.mounts];
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
      { mounts: [{ ...bindOf('bind'), destination: '/shared/a/b' }], args: ['/shared/a'] },
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
    const report = await bundle.probe(config({ mounts: writable, args: ['/data'] }));
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

  test('is for tmpfs only', async () => {
    const wrong = [{ destination: '/data', type: 'ramfs', options: ['tmpcopyup'] }];
    expect(await complaint({ mounts: wrong })).toContain('mount on /data: "tmpcopyup" is for tmpfs');
  });
});

describe('symbolic links at the ends of a bind', () => {
  const at = (destination: string, ...options: readonly string[]): Mount => ({
    destination,
    source: join(host, 'link'),
    options: ['bind', ...options],
  });

  beforeEach(async () => {
    await writeFile(join(host, 'file'), 'the file');
    await symlink('file', join(host, 'link'));
  });

  const withLink: Prepare = ({ rootfs }) => symlink('nowhere', join(rootfs, 'place'));

  test('are followed', async () => {
    const { paths } = await look({ mounts: [at('/place')], args: ['/place', '/nowhere'] }, withLink);
    expect(paths['/place']?.target).toBe('nowhere');
    expect(paths['/nowhere']?.content).toBe('the file');
  });

  test('are covered or bound themselves with dest-nofollow and src-nofollow, also in a user namespace', async () => {
    for (const linux of [{}, mapped]) {
      const covered = await look({ mounts: [at('/place', 'dest-nofollow')], linux, args: ['/place'] }, withLink);
      expect(covered.paths['/place']).toMatchObject({ type: 'file', content: 'the file' });
      const mounts = [at('/place', 'dest-nofollow', 'src-nofollow')];
      const bound = await look({ mounts, linux, args: ['/place'] }, withLink);
      expect(bound.paths['/place']).toMatchObject({ type: 'link', target: 'file' });
    }
  });

  test('are made anew with copy-symlink', async () => {
    const { paths, mounts } = await look({ mounts: [at('/new/place', 'copy-symlink')], args: ['/new/place'] });
    expect(paths['/new/place']?.target).toBe('file');
    expect(mounts).not.toContainEqual(expect.stringContaining('/new'));
    const other = await complaint({ mounts: [at('/place', 'copy-symlink')] }, withLink);
    expect(other).toContain('expected a link to "file" or nothing there, found another file');
  });

  test('in /proc cannot be covered', async () => {
    const mounts = [at('/proc/self', 'dest-nofollow', 'src-nofollow')];
    expect(await complaint({ mounts })).toContain('expected a destination outside of /proc');
  });
});

describe('propagation of binds', () => {
  const peersOnHost = async (): Promise<string | undefined> =>
    (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .find((line) => line.includes(` ${host} `))
      ?.split(' ')[6];

  test('stays with the host both ways when it is to be shared, and one way otherwise', async () => {
    await execa('mount', ['--make-shared', host]);
    const peers = await peersOnHost();
    const group = peers?.replace('shared:', '');
    const propagationOf = async (linux: Linux, ...options: readonly string[]): Promise<readonly string[]> =>
      mountAt(await look({ mounts: [bindOf('rbind', ...options)], linux }), '/data').propagation;
    expect(await propagationOf({}, 'rshared')).toEqual([peers]);
    expect(await propagationOf({})).toEqual([`master:${group}`]);
    expect(await propagationOf({}, 'rslave')).toEqual([`master:${group}`]);
    expect(await propagationOf({}, 'rprivate')).toEqual([]);
    expect(await propagationOf({ rootfsPropagation: 'rprivate' })).toEqual([]);
    expect(await propagationOf({ rootfsPropagation: 'rshared' })).toEqual([peers]);
    expect(await propagationOf({}, 'private', 'shared')).toEqual([expect.stringMatching(/^shared:/)]);
  });

  test('of the root is what rootfsPropagation says', async () => {
    const propagationOf = async (rootfsPropagation: string): Promise<readonly string[]> => {
      await using bundle = await makeBundle(probe);
      await execa('mount', ['--bind', bundle.rootfs, bundle.rootfs]);
      try {
        await execa('mount', ['--make-shared', bundle.rootfs]);
        return mountAt(await bundle.probe(config({ linux: { rootfsPropagation } })), '/').propagation;
      } finally {
        await execa('umount', ['-R', bundle.rootfs]);
      }
    };
    expect(await propagationOf('slave')).toEqual([expect.stringMatching(/^master:\d+$/)]);
    expect(await propagationOf('rslave')).toEqual([expect.stringMatching(/^master:\d+$/)]);
    expect(await propagationOf('shared')).toEqual([expect.stringMatching(/^shared:\d+$/)]);
    expect(await propagationOf('private')).toEqual([]);
    expect(await propagationOf('unbindable')).toEqual(['unbindable']);
    expect(await complaint({ linux: { rootfsPropagation: 'sideways' } })).toContain(
      'linux.rootfsPropagation: expected shared, slave, private or unbindable, found "sideways"',
    );
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
    const lower = Array.from({ length: 40 }, (_, index) => join(host, `lower-${index}`));
    for (const folder of lower) {
      await mkdir(folder);
      await writeFile(join(folder, folder.slice(host.length + 1)), 'x');
    }
    for (const name of ['upper', 'work']) await mkdir(join(host, name));
    const data = [`lowerdir=${lower.join(':')}`, `upperdir=${join(host, 'upper')}`, `workdir=${join(host, 'work')}`];
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
      const report = await bundle.probe(config({ mounts: mounts(['rw']), linux }));
      const root = below(report).find(([name]) => name === 'unified')?.[1];
      expect(root).toMatch(more.length === 0 ? new RegExp(`${bundle.id}$`) : /^\/$/);
    }
  });
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
