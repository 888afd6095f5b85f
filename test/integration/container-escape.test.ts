// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Images that try to make the runtime touch something outside of their root. Each attempt is set up so that it would
// succeed against a runtime that follows links, or trusts what it finds.

import { deepEqual, equal } from 'node:assert/strict';
import { chmodSync, chownSync, statSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome } from '../support/container-bundle.ts';
import { buildProbe, mountsOf, type ProbeReport } from '../support/probe.ts';
import { swapping } from '../support/swapping.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');
beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** A folder of the host that no container may reach. */
let outside = '';
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'tskit-outside-'));
  await writeFile(join(outside, 'secret'), 'of the host');
});
afterEach(async () => {
  // Whatever was tried, the folder is as it was.
  deepEqual(await readdir(outside), ['secret']);
  equal(await readFile(join(outside, 'secret'), 'utf8'), 'of the host');
  await rm(outside, { recursive: true });
});

type Spoil = (rootfs: string) => Promise<unknown>;

async function run(config: RuntimeConfig, spoil: Spoil): Promise<Outcome> {
  await using bundle = await makeBundle(probe);
  await spoil(bundle.rootfs);
  return await bundle.run(config);
}

async function look(config: RuntimeConfig, spoil: Spoil): Promise<ProbeReport> {
  const { exitCode, stdout, stderr } = await run(config, spoil);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as ProbeReport;
}

function withMounts(mounts: readonly Mount[], ...args: readonly string[]): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, mounts: [...base.mounts, ...mounts] };
}

function withLinux(linux: Linux, ...args: readonly string[]): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, linux: { ...base.linux, ...linux } };
}

function withoutMount(destination: string): RuntimeConfig {
  const base = baseConfig();
  return { ...base, mounts: base.mounts.filter((mount) => !mount.destination.startsWith(destination)) };
}

/** Puts a link where the root has a folder, or nothing. */
async function replaceByLink(rootfs: string, name: string, target: string): Promise<void> {
  await rm(join(rootfs, name), { recursive: true, force: true });
  await symlink(target, join(rootfs, name));
}

const tmpfsOn = (destination: string): Mount => ({ destination, type: 'tmpfs', source: 'tmpfs' });

describe('a mount destination that is a link', () => {
  test('to an absolute path means that path inside the root', async () => {
    const report = await look(withMounts([tmpfsOn('/data')]), async (rootfs) => {
      await replaceByLink(rootfs, 'data', outside);
      await mkdir(join(rootfs, outside), { recursive: true });
    });
    expect(mountsOf(report).map(({ point }) => point)).toContain(outside);
  });

  test('to nothing has its target made inside the root', async () => {
    const report = await look(withMounts([tmpfsOn('/data/below')]), (rootfs) => replaceByLink(rootfs, 'data', outside));
    expect(mountsOf(report).map(({ point }) => point)).toContain(`${outside}/below`);
  });

  test('that climbs with dots stays inside the root', async () => {
    const climb = `${'../'.repeat(30)}${outside}`;
    const report = await look(withMounts([tmpfsOn('/data')]), (rootfs) => replaceByLink(rootfs, 'data', climb));
    expect(mountsOf(report).map(({ point }) => point)).toContain(outside);
  });

  test("for a file does not lead to the host's file", async () => {
    using source = temporaryFolder();
    const file = join(source.path, 'file');
    await writeFile(file, 'bound');
    const report = await look(
      withMounts([{ destination: '/etc/resolv.conf', source: file, options: ['bind'] }], '/etc/resolv.conf'),
      (rootfs) => symlink(join(outside, 'secret'), join(rootfs, 'etc/resolv.conf')),
    );
    expect(report.paths['/etc/resolv.conf']?.content).toBe('bound');
  });

  test('in a circle is an error', async () => {
    const { exitCode, stderr } = await run(withMounts([tmpfsOn('/a/b')]), async (rootfs) => {
      await symlink('c', join(rootfs, 'a'));
      await symlink('a', join(rootfs, 'c'));
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/mount tmpfs on \/a\/b: .*ELOOP/);
  });

  test('through a magic link of /proc is an error', async () => {
    const { exitCode, stderr } = await run(withMounts([tmpfsOn('/data/tmp')]), (rootfs) =>
      replaceByLink(rootfs, 'data', '/proc/self/cwd'),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/mount tmpfs on \/data\/tmp: .*ELOOP/);
  });
});

describe('an image with its own idea of /proc, /sys and /dev', () => {
  test.each(['proc', 'sys'])('a link at /%s is refused', async (name) => {
    const { exitCode, stderr } = await run(baseConfig(), (rootfs) => replaceByLink(rootfs, name, outside));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`must be mounted on ordinary directory, found a link or a file at /${name} of the image`),
    );
  });

  test('a link at /dev gets its devices inside the root', async () => {
    const report = await look(baseConfig(`${outside}/null`), (rootfs) => replaceByLink(rootfs, 'dev', outside));
    expect(report.paths[`${outside}/null`]?.device).toBe('1:3');
  });

  test('a link at /dev without anything mounted there is refused', async () => {
    const { exitCode, stderr } = await run(withoutMount('/dev'), (rootfs) => replaceByLink(rootfs, 'dev', outside));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('open /dev: expected /dev of the image to be a folder');
  });

  test('a /dev/null that is a link is not taken for the device', async () => {
    const { exitCode, stderr } = await run(withoutMount('/dev'), (rootfs) =>
      symlink(join(outside, 'secret'), join(rootfs, 'dev/null')),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain('device /dev/null: expected device c 1:3 or nothing there, found another file');
  });

  test("nothing is mounted inside of the container's /proc, by no path", async () => {
    const direct = await run(withMounts([tmpfsOn('/proc/self/attr')]), async () => undefined);
    expect(direct.stderr).toContain('expected a destination outside of /proc');
    const linked = await run(withMounts([tmpfsOn('/data')]), (rootfs) => replaceByLink(rootfs, 'data', '/proc/sys'));
    expect(linked.stderr).toContain('expected a destination outside of /proc');
    expect([direct.exitCode, linked.exitCode]).toEqual([1, 1]);
  });

  test('only a proc file system is mounted on /proc', async () => {
    const bound = { ...withoutMount('/proc') };
    const mounts = [...(bound.mounts ?? []), { destination: '/proc', source: outside, options: ['rbind'] }];
    const { exitCode, stderr } = await run({ ...bound, mounts }, async () => undefined);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('only a proc file system may be mounted on /proc');
  });
});

describe('other paths of the configuration', () => {
  test('a working directory that is a link lies inside the root', async () => {
    const base = baseConfig('secret');
    const report = await look({ ...base, process: { ...base.process, cwd: '/work' } }, async (rootfs) => {
      await symlink(outside, join(rootfs, 'work'));
      await mkdir(join(rootfs, outside), { recursive: true });
    });
    expect(report.cwd).toBe(outside);
    expect(report.paths['secret']?.type).toBe('ENOENT');
  });

  test('no descriptor of the runtime is there to be the working directory or the program', async () => {
    for (let fd = 3; fd < 24; fd += 1) {
      const base = baseConfig();
      const cwd = await run(
        { ...base, process: { ...base.process, cwd: `/proc/self/fd/${fd}` } },
        async () => undefined,
      );
      expect(cwd.exitCode).toBe(1);
      const climb = `/proc/self/fd/${fd}/../../..${outside}/secret`;
      const program = await run({ ...base, process: { ...base.process, args: [climb] } }, async () => undefined);
      expect(program.exitCode).toBe(1);
    }
  });

  test('masks and read-only paths that are links reach what they mean inside the root', async () => {
    const report = await look(
      withLinux({ maskedPaths: ['/masked'], readonlyPaths: ['/fixed'] }, '/etc/hidden', '/etc/fixed'),
      async (rootfs) => {
        await writeFile(join(rootfs, 'etc/hidden'), 'x');
        await mkdir(join(rootfs, 'etc/fixed'));
        await symlink('/etc/hidden', join(rootfs, 'masked'));
        await symlink('../../../etc/fixed', join(rootfs, 'fixed'));
      },
    );
    expect(report.paths['/etc/hidden']?.device).toBe('1:3');
    expect(report.paths['/etc/fixed']?.write).toBe('EROFS');
  });

  test('a device below a link is made inside the root', async () => {
    const device = { path: '/gate/disk', type: 'b', major: 7, minor: 1 } as const;
    const report = await look(withLinux({ devices: [device] }, `${outside}/disk`), (rootfs) =>
      symlink(outside, join(rootfs, 'gate')),
    );
    expect(report.paths[`${outside}/disk`]?.device).toBe('7:1');
  });

  test('an /etc/passwd that is a fifo, endless or a link outside does not matter', async () => {
    const spoils: readonly Spoil[] = [
      (rootfs) => execa('mkfifo', [join(rootfs, 'etc/passwd')]),
      (rootfs) => symlink('/dev/zero', join(rootfs, 'etc/passwd')),
      (rootfs) => symlink(join(outside, 'secret'), join(rootfs, 'etc/passwd')),
      (rootfs) => execa('truncate', ['-s', '100G', join(rootfs, 'etc/passwd')]),
    ];
    for (const spoil of spoils) expect((await look(baseConfig(), spoil)).env).toEqual(['PATH=/bin', 'HOME=/']);
  });

  test('an /etc/passwd that leads through a descriptor of the runtime does not reach the host', async () => {
    const passwd = join(folder.path, 'passwd');
    await writeFile(passwd, 'root:x:0:0::/of-the-host:/bin/sh\n');
    for (let fd = 3; fd < 24; fd += 1) {
      const report = await look(baseConfig(), (rootfs) =>
        symlink(`/proc/self/fd/${fd}/../../..${passwd}`, join(rootfs, 'etc/passwd')),
      );
      expect(report.env).toEqual(['PATH=/bin', 'HOME=/']);
    }
  });
});

describe('a volume that another container changes meanwhile', () => {
  const rounds = 40;

  test('cannot lead mounts, files or devices outside by exchanging a folder and a link', async () => {
    using volume = temporaryFolder();
    const [inner, gate] = [join(volume.path, 'inner'), join(volume.path, 'gate')];
    await mkdir(inner);
    // Both of the root and of the host, were it followed from there.
    await symlink(outside, gate);
    await using _swap = await swapping(join(folder.path, 'swap'), inner, gate);
    const endings: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const mounts = [
        { destination: '/data', source: volume.path, options: ['rbind'] },
        tmpfsOn(`/data/inner/folder-${round}/deep`),
        { destination: `/data/inner/file-${round}`, source: '/etc/hostname', options: ['bind'] },
      ];
      const base = withMounts(mounts);
      const device = { path: `/data/inner/node-${round}`, type: 'c', major: 1, minor: 3 } as const;
      const masks = { maskedPaths: ['/data/inner'], readonlyPaths: ['/data/inner'], devices: [device] };
      const { exitCode, stdout, stderr } = await run(
        { ...base, linux: { ...base.linux, ...masks } },
        async () => undefined,
      );
      endings.push(exitCode === 0 ? 'made' : stderr);
      if (exitCode !== 0) continue;
      const points = mountsOf(JSON.parse(stdout) as ProbeReport).map(({ point }) => point);
      const places = points.filter((point) => point.startsWith('/data/') || point.startsWith(outside));
      // The masks may have found the link, which leads to nothing in the root.
      expect(places.length).toBeGreaterThanOrEqual(2);
    }
    expect(endings).toContain('made');
  });

  test('cannot lead a copy outside', async () => {
    using volume = temporaryFolder();
    const [inner, gate] = [join(volume.path, 'inner'), join(volume.path, 'gate')];
    await mkdir(inner);
    await writeFile(join(inner, 'secret'), 'of the image');
    await symlink(outside, gate);
    await using _swap = await swapping(join(folder.path, 'swap'), inner, gate);
    for (let round = 0; round < rounds; round += 1) {
      const mounts = [
        { destination: '/data', source: volume.path, options: ['rbind'] },
        { destination: '/data', type: 'tmpfs', options: ['tmpcopyup'] },
      ];
      const { exitCode, stdout } = await run(withMounts(mounts, '/data/inner/secret'), async () => undefined);
      if (exitCode !== 0) continue;
      const { content } = (JSON.parse(stdout) as ProbeReport).paths['/data/inner/secret'] ?? {};
      expect([undefined, 'of the image']).toContain(content);
    }
  });
});

describe('masks', () => {
  test("are the host's null device when /dev is a hostile volume", async () => {
    using dev = temporaryFolder();
    await symlink(join(outside, 'secret'), join(dev.path, 'null'));
    await symlink('/proc/sys/kernel/core_pattern', join(dev.path, 'zero'));
    const base = withMounts(
      [{ destination: '/dev', source: dev.path, options: ['rbind'] }],
      '/etc/hidden',
      '/proc/keys',
    );
    const report = await look(
      { ...base, linux: { ...base.linux, maskedPaths: ['/etc/hidden', '/proc/keys'] } },
      (rootfs) => writeFile(join(rootfs, 'etc/hidden'), 'x'),
    );
    expect(report.paths['/etc/hidden']).toMatchObject({ type: 'character', device: '1:3' });
    expect(report.paths['/proc/keys']).toMatchObject({ type: 'character', device: '1:3' });
  });
});

describe('the null device of the host keeps its mode, owner and times', () => {
  const changes = ['chmod 600', 'chown 7:7', 'touch -d 2001-01-01'];

  /** Tries to change what is at a path; gives what the commands ended with, and how often the file system refused. */
  async function change(path: string, linux: Linux): Promise<{ readonly codes: string; readonly refusals: number }> {
    const keep = statSync('/dev/null');
    await using bundle = await makeBundle(probe);
    await copyFile('/bin/busybox', join(bundle.rootfs, 'busybox'));
    await writeFile(join(bundle.rootfs, 'etc/hidden'), 'x');
    const script = changes.map((words) => `/busybox ${words} ${path}; echo $?`).join('\n');
    const base = withLinux(linux);
    const all = ['CAP_CHOWN', 'CAP_FOWNER'] as const;
    const capabilities = { bounding: all, permitted: all, effective: all };
    const process = { ...base.process, args: ['/busybox', 'sh', '-c', script], capabilities };
    try {
      const { stdout, stderr } = await bundle.run({ ...base, process });
      return { codes: stdout, refusals: stderr.match(/Read-only file system/g)?.length ?? 0 };
    } finally {
      chmodSync('/dev/null', keep.mode);
      chownSync('/dev/null', keep.uid, keep.gid);
    }
  }

  test('where it masks a file', async () => {
    expect(await change('/etc/hidden', { maskedPaths: ['/etc/hidden'] })).toEqual({ codes: '1\n1\n1', refusals: 3 });
  });

  test("where it is bound because the container's user namespace may make none, though its root is the host's", async () => {
    const ids = [{ containerID: 0, hostID: 0, size: 65_536 }];
    const namespaces = [...(baseConfig().linux.namespaces ?? []), { type: 'user' }] as const;
    expect(await change('/dev/null', { namespaces, uidMappings: ids, gidMappings: ids })).toEqual({
      codes: '1\n1\n1',
      refusals: 3,
    });
  });
});
