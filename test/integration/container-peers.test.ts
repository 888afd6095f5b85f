// The same config.json given to runc: what the probe sees inside must be the same. The reference is what runc itself writes
// as a bundle's default configuration, and the options that users add to it.

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount, Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { makeBundle } from '../support/container-bundle.ts';
import { buildProbe, mountsOf, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');
let defaults: RuntimeConfig & { readonly linux: Linux; readonly mounts: readonly Mount[] };

beforeAll(async () => {
  await buildProbe(probe);
  await execa('runc', ['spec'], { cwd: folder.path });
  const text = (await execa('cat', [join(folder.path, 'config.json')])).stdout;
  const written = JSON.parse(text) as typeof defaults;
  defaults = { ...written, process: { ...written.process, terminal: false } };
});
afterAll(() => folder[Symbol.dispose]());

const paths = [
  '/dev',
  '/dev/null',
  '/dev/tty',
  '/dev/pts',
  '/dev/shm',
  '/dev/mqueue',
  '/dev/fd',
  '/dev/ptmx',
  '/etc',
  '/tmp',
];
const procPaths = [
  '/proc',
  '/proc/kcore',
  '/proc/keys',
  '/proc/timer_list',
  '/proc/sys/kernel/hostname',
  '/proc/bus',
  '/proc/acpi',
];
const sysPaths = ['/sys', '/sys/firmware'];

/**
 * What must agree. Left out are ids, the machine's own processes, cgroup mounts (runc shows version 1 here) and the mounts of
 * masks on files: runc takes the container's /dev/null for them, we the host's; the paths show that both mask. Device nodes
 * of the host are made nosuid and noexec by us alone.
 */
function comparable(report: ProbeReport): unknown {
  const { env, uids, gids, groups, capabilities, noNewPrivileges, limits, hostname, domainname, cwd, umask } = report;
  return {
    process: { env: env.toSorted(), uids, gids, groups, capabilities, noNewPrivileges, limits, cwd, umask },
    names: [hostname, domainname],
    descriptors: report.descriptors,
    signals: [report.blockedSignals, report.ignoredSignals],
    isFirst: [report.pid, report.session],
    mounts: mountsOf(report)
      .filter(({ point, root }) => !point.startsWith('/sys/fs/cgroup') && root !== '/null')
      .map(({ point, type, options, propagation }) => ({
        point,
        type,
        options: type === 'devtmpfs' ? [] : options.toSorted(),
        propagation,
      }))
      .toSorted((one, other) => (one.point < other.point ? -1 : 1)),
    paths: Object.entries(report.paths).map(
      ([path, { entries, modified: _time, links: _names, identity: _inode, ...found }]) => ({
        path,
        ...found,
        // The root of a bundle and processes differ; folders that the runtime fills do not.
        ...(path.startsWith('/dev') ? { entries: entries?.toSorted() } : {}),
      }),
    ),
  };
}

async function both(config: RuntimeConfig): Promise<readonly [ours: unknown, theirs: unknown]> {
  const run = async (runtime?: string): Promise<unknown> => {
    // Each in a fresh bundle, so that one does not see what the other made.
    await using bundle = await makeBundle(probe);
    // runc looks the root up as the container's user; we open it before.
    await chmod(bundle.folder, 0o711);
    await writeFile(join(bundle.rootfs, 'etc/passwd'), 'user:x:1000:1000::/home/user:/bin/sh\n');
    return comparable(await bundle.probe(config, runtime));
  };
  return [await run(), await run('runc')];
}

function changed(process: Partial<Process>, linux: Linux = {}, top: Partial<RuntimeConfig> = {}): RuntimeConfig {
  return {
    ...defaults,
    ...top,
    process: { ...defaults.process, args: ['/probe', ...paths, ...procPaths, ...sysPaths], ...process },
    linux: { ...defaults.linux, ...linux },
  };
}

describe("a container looks the same from inside as runc's", () => {
  test('with the default configuration', async () => {
    const [ours, theirs] = await both(changed({}));
    expect(ours).toEqual(theirs);
  });

  test('as another user with groups, limits, no new privileges and a umask', async () => {
    const [ours, theirs] = await both(
      changed(
        {
          user: { uid: 1000, gid: 1000, additionalGids: [4, 27], umask: 0o77 },
          noNewPrivileges: true,
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 256, hard: 512 }],
          cwd: '/made/here',
        },
        {},
        { root: { path: 'rootfs' } },
      ),
    );
    expect(ours).toEqual(theirs);
  });

  test('with a writable root and more mounts', async () => {
    const mounts: readonly Mount[] = [
      ...defaults.mounts,
      {
        destination: '/one',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['noexec', 'nosuid', 'nodev', 'noatime', 'mode=1777'],
      },
      { destination: '/two', type: 'bind', source: '/usr/share', options: ['rbind', 'ro', 'nosuid'] },
      { destination: '/three', type: 'bind', source: '/usr/share', options: ['bind', 'rprivate', 'noexec'] },
      { destination: '/four', type: 'tmpfs', source: 'tmpfs', options: ['rshared'] },
      { destination: '/etc/file', type: 'bind', source: '/etc/hostname', options: ['bind', 'ro'] },
    ];
    const [ours, theirs] = await both(changed({}, {}, { mounts, root: { path: 'rootfs', readonly: false } }));
    expect(ours).toEqual(theirs);
  });

  test('with own devices, masked and read-only paths', async () => {
    const [ours, theirs] = await both(
      changed(
        { args: ['/probe', '/dev/own', '/tmp/pipe', '/etc', '/etc/passwd', '/proc/sys'] },
        {
          devices: [
            { path: '/dev/own', type: 'c', major: 1, minor: 11, fileMode: 0o640, uid: 3, gid: 4 },
            { path: '/dev/pipe', type: 'p', fileMode: 0o600 },
          ],
          maskedPaths: ['/etc/passwd', '/proc/fs', '/none'],
          readonlyPaths: ['/etc', '/proc/sys', '/none'],
        },
        { root: { path: 'rootfs' } },
      ),
    );
    expect(ours).toEqual(theirs);
  });

  test('in a user namespace', async () => {
    const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const [ours, theirs] = await both(
      changed(
        { args: ['/probe', '/proc/self/uid_map', '/dev/null', '/dev/zero', '/dev/pts'] },
        {
          namespaces: [...(defaults.linux.namespaces ?? []), { type: 'user' }],
          uidMappings: mapping,
          gidMappings: mapping,
        },
      ),
    );
    expect(ours).toEqual(theirs);
  });
});
