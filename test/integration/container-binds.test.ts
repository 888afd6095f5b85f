// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Binds as the probe finds them inside of a container that the real tsrun made: their flags, ids, links and propagation.

import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, tsrun } from '../support/container-bundle.ts';
import { configWith, hostMount, mapped, type PrepareBundle, probedContainers } from '../support/container-mounts.ts';
import { mountAt, type ProbeReport } from '../support/probe.ts';

const { probe, look, complaint } = probedContainers();
const host = hostMount();

const optionsOf = (report: ProbeReport): readonly string[] => mountAt(report, '/data').options;

describe('the flags of a bind', () => {
  test("are the source's when the line mentions none", async () => {
    await host.remount('ro,noexec,noatime');
    expect(optionsOf(await look({ mounts: [host.bind('bind', 'rprivate')] }))).toEqual(['ro', 'noexec', 'noatime']);
  });

  test('are those of the line when it mentions any, but for the access time', async () => {
    await host.remount('ro,nosuid,nodev,noexec,noatime');
    expect(optionsOf(await look({ mounts: [host.bind('bind', 'nodev')] }))).toEqual(['rw', 'nodev', 'noatime']);
    expect(optionsOf(await look({ mounts: [host.bind('bind', 'relatime')] }))).toEqual(['rw', 'relatime']);
    expect(optionsOf(await look({ mounts: [host.bind('bind', 'rw')] }))).toEqual(['rw', 'noatime']);
  });

  test('are added to those of the source in a user namespace, where these are locked', async () => {
    await host.remount('nosuid,nodev,noexec,noatime');
    const report = await look({ mounts: [host.bind('bind', 'ro')], linux: mapped });
    expect(optionsOf(report)).toEqual(['ro', 'nosuid', 'nodev', 'noexec', 'noatime']);
  });

  test('cannot be cleared in a user namespace when the source has them', async () => {
    await host.remount('ro');
    expect(await complaint({ mounts: [host.bind('bind', 'rw')], linux: mapped })).toMatch(/bind .* on \/data: .*EPERM/);
    await host.remount('rw,noatime');
    expect(await complaint({ mounts: [host.bind('bind', 'strictatime')], linux: mapped })).toMatch(/EPERM/);
  });

  test('of the source stay locked for a container that may mount, however its path is closed to it', async () => {
    const set = ['CAP_SYS_ADMIN'];
    const base = configWith({ mounts: [host.bind('rbind')], linux: mapped, args: ['--unlock', '/data'] });
    const process = { ...base.process, capabilities: { bounding: set, permitted: set, effective: set } };
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    for (const mode of [0o755, 0o700]) {
      await host.remount('rw');
      await chmod(host.path, mode);
      await host.remount('ro');
      const report = await bundle.probe({ ...base, process });
      expect(report.paths['/data']?.unlock).toBe('EPERM');
    }
  });
});

describe('the source of a bind', () => {
  test('may lie in the root, among what was mounted before', async () => {
    await using bundle = await makeBundle(probe);
    await mkdir(join(host.path, 'given'));
    await writeFile(join(host.path, 'given/file'), 'through the root');
    const inRoot = join(bundle.rootfs, 'data/given');
    const mounts = [host.bind('bind'), { destination: '/again', source: inRoot, options: ['rbind'] }];
    const report = await bundle.probe(configWith({ mounts, args: ['/again/file'] }));
    expect(report.paths['/again/file']?.content).toBe('through the root');
  });

  test('may be closed to the container that has its own users', async () => {
    await mkdir(join(host.path, 'closed'));
    await mkdir(join(host.path, 'closed/open'));
    await writeFile(join(host.path, 'closed/open/file'), 'reached');
    await symlink('open', join(host.path, 'closed/link'));
    await chmod(join(host.path, 'closed'), 0);
    for (const name of ['open', 'link']) {
      const mounts = [{ destination: '/data', source: join(host.path, 'closed', name), options: ['bind', 'ro'] }];
      const report = await look({ mounts, linux: mapped, args: ['/data/file'] });
      expect(report.paths['/data/file']?.content).toBe('reached');
    }
  });

  test('that is missing is named when the runtime opens it too', async () => {
    await chmod(host.path, 0o700);
    const mounts = [{ destination: '/data', source: join(host.path, 'none'), options: ['bind'] }];
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
    await writeFile(join(host.path, 'file'), '');
    await chown(join(host.path, 'file'), 3, 4);
    const { paths } = await look({ mounts: [mount], linux, args: ['/data/file'] });
    return [paths['/data/file']?.uid, paths['/data/file']?.gid];
  }

  test('show the ids of the files as the mappings say, also with a user namespace', async () => {
    expect(await ownerOf({ ...host.bind('bind'), ...ids(1000) })).toEqual([1003, 1004]);
    expect(await ownerOf({ ...host.bind('bind'), ...ids(100_000) }, mapped)).toEqual([3, 4]);
    expect(await ownerOf({ ...host.bind('bind'), ...ids(100_010) }, mapped)).toEqual([13, 14]);
  });

  test('are mapped as the option itself says', async () => {
    expect(await ownerOf(host.bind('bind', 'idmap=uids=0-1000-10;gids=0-2000-10'))).toEqual([1003, 2004]);
    expect(await ownerOf(host.bind('bind', 'ridmap=uids=@0-5-10;gids=@0-6-10'), mapped)).toEqual([8, 10]);
  });

  test('mean the mappings of the container when they have none', async () => {
    expect(await ownerOf(host.bind('bind', 'idmap'), mapped)).toEqual([3, 4]);
    expect(await ownerOf(host.bind('bind'), mapped)).toEqual([65_534, 65_534]);
  });

  test('mean the mappings of the user namespace that the container joins', async () => {
    await using keeper = await makeBundle(probe);
    await keeper.write(configWith({ linux: mapped, args: ['--wait=15'] }));
    const pidFile = join(keeper.folder, 'pid');
    const kept = execa(tsrun, keeper.words('run', '--pid-file', pidFile), { reject: false });
    await once(kept.stdout, 'data');
    const user = { type: 'user' as const, path: `/proc/${await readFile(pidFile, 'utf8')}/ns/user` };
    const base = baseConfig().mounts.filter(({ destination }) => destination !== '/sys');
    await writeFile(join(host.path, 'file'), '');
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    const report = await bundle.probe({
      ...configWith({
        args: ['/data/file'],
        linux: { namespaces: [user, { type: 'mount' }, { type: 'pid' }, { type: 'ipc' }] },
      }),
      mounts: [...base, host.bind('bind', 'idmap')],
    });
    kept.kill('SIGTERM');
    await kept;
    expect(report.paths['/data/file']?.uid).toBe(0);
  });

  test('reach what is mounted below with ridmap only', async () => {
    await mkdir(join(host.path, 'below'));
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', join(host.path, 'below')]);
    for (const [option, uid] of [
      ['idmap', 65_534],
      ['ridmap', 0],
    ] as const) {
      const report = await look({
        mounts: [host.bind('rbind', option)],
        linux: mapped,
        args: ['/data/below', '/data'],
      });
      expect(report.paths['/data']?.uid).toBe(0);
      expect(report.paths['/data/below']?.uid).toBe(uid);
    }
  });

  test('need mappings, both, and a bind', async () => {
    expect(await complaint({ mounts: [host.bind('bind', 'idmap')] })).toContain(
      '"idmap" needs uidMappings and gidMappings',
    );
    const { uidMappings = [] } = ids(1);
    expect(await complaint({ mounts: [{ ...host.bind('bind'), uidMappings }] })).toContain(
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

describe('symbolic links at the ends of a bind', () => {
  const at = (destination: string, ...options: readonly string[]): Mount => ({
    destination,
    source: join(host.path, 'link'),
    options: ['bind', ...options],
  });

  beforeEach(async () => {
    await writeFile(join(host.path, 'file'), 'the file');
    await symlink('file', join(host.path, 'link'));
  });

  const withLink: PrepareBundle = ({ rootfs }) => symlink('nowhere', join(rootfs, 'place'));

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
      .find((line) => line.includes(` ${host.path} `))
      ?.split(' ')[6];

  test('never goes to the host unless the root is shared too', async () => {
    await execa('mount', ['--make-shared', host.path]);
    const peers = await peersOnHost();
    const group = peers?.replace('shared:', '');
    const propagationOf = async (linux: Linux, ...options: readonly string[]): Promise<readonly string[]> =>
      mountAt(await look({ mounts: [host.bind('rbind', ...options)], linux }), '/data').propagation;
    expect(await propagationOf({}, 'rshared')).toEqual([expect.stringMatching(/^shared:/), `master:${group}`]);
    expect(await propagationOf({})).toEqual([`master:${group}`]);
    expect(await propagationOf({}, 'rslave')).toEqual([`master:${group}`]);
    expect(await propagationOf({}, 'rprivate')).toEqual([]);
    expect(await propagationOf({ ...mapped, rootfsPropagation: 'rslave' }, 'rslave')).toEqual([
      expect.stringMatching(/^master:/),
    ]);
    expect(await propagationOf(mapped, 'rshared')).toEqual([
      expect.stringMatching(/^shared:/),
      expect.stringMatching(/^master:/),
    ]);
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
        return mountAt(await bundle.probe(configWith({ linux: { rootfsPropagation } })), '/').propagation;
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
