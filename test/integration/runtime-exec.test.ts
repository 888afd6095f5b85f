// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// exec, ps, pause, resume, update, events, spec and features on a running container of the real tsrun.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeConfig } from '../../init/container/decode.ts';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { bundleIn, makeRuntimeRoot, type RuntimeRoot } from '../support/runtime-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

async function running(root: RuntimeRoot, change: Partial<RuntimeConfig> = {}): Promise<TestBundle> {
  const bundle = bundleIn(root, await makeBundle(probe));
  await bundle.write({ ...baseConfig('--wait=15'), ...change });
  const { exitCode, stderr } = await root.leave('run', '--detach', '--bundle', bundle.folder, bundle.id);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return bundle;
}

async function look(root: RuntimeRoot, ...args: readonly string[]): Promise<ProbeReport> {
  return JSON.parse(await root.ok('exec', ...args)) as ProbeReport;
}

describe('exec', () => {
  test("runs a program with the container's own process as its pattern", async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const report = await look(root, bundle.id, '/probe', '--exit=0', '-x');
    expect(report.argv).toEqual(['/probe', '--exit=0', '-x']);
    expect(report.env).toEqual(['PATH=/bin', 'HOME=/']);
    expect(report.cwd).toBe('/');
    expect(report.pid).toBeGreaterThan(1);
  });

  test('changes what its options name', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const options = ['--cwd', '/tmp', '-e', 'A=1', '--env=B=2', '-u', '7:8', '-g', '9', '-g', '10', '--no-new-privs'];
    const report = await look(root, ...options, '-c', 'CAP_KILL', bundle.id, '/probe');
    expect(report.cwd).toBe('/tmp');
    expect(report.env).toEqual(expect.arrayContaining(['PATH=/bin', 'A=1', 'B=2']));
    expect(report.uids).toEqual([7, 7, 7]);
    expect(report.gids).toEqual([8, 8, 8]);
    expect(report.groups).toEqual([9, 10]);
    expect(report.noNewPrivileges).toBe(1);
    expect(BigInt(`0x${report.capabilities.bounding}`)).toBe(1n << 5n);
  });

  test('takes a whole process from a file', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const file = join(folder.path, 'process.json');
    await writeFile(
      file,
      JSON.stringify({ args: ['/probe', 'x'], cwd: '/etc', env: ['C=3'], user: { uid: 0, gid: 4 } }),
    );
    const report = await look(root, '--process', file, bundle.id);
    expect(report.argv).toEqual(['/probe', 'x']);
    expect(report.cwd).toBe('/etc');
    expect(report.gids).toEqual([4, 4, 4]);
  });

  test("ends with the program's exit code, with 255 when there was none", async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    expect((await root.run('exec', bundle.id, '/probe', '--exit=9')).exitCode).toBe(9);
    expect((await root.run('exec', bundle.id, '/probe', '--signal=9')).exitCode).toBe(137);
    const missing = await root.run('exec', bundle.id, 'nope');
    expect(missing.exitCode).toBe(255);
    expect(missing.stderr).toContain('executable file not found in $PATH');
    expect((await root.run('exec', 'nobody', '/probe')).exitCode).toBe(255);
    expect((await root.run('exec', bundle.id)).exitCode).toBe(1);
    await root.ok('kill', bundle.id, 'KILL');
    await root.ok('delete', '-f', bundle.id);
  });

  test('is one line of ps, and nothing to the terminal, whatever it calls itself', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const name = '\u001b]0;title\u0007\u009b31m\nroot 1 0';
    expect((await root.leave('exec', '--detach', bundle.id, '/probe', '--wait=15', name)).exitCode).toBe(0);
    const lines = (await root.ok('ps', bundle.id)).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/\/probe --wait=15 \?\]0;title\?\?31m\?root 1 0$/);
  });

  test('detached leaves a process that ps shows, and its pid in a file', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const pidFile = join(folder.path, 'pid');
    await root.leave('exec', '--detach', '--pid-file', pidFile, bundle.id, '/probe', '--wait=15', 'second');
    const pid = Number(await readFile(pidFile, 'utf8'));
    const first = (await root.state(bundle.id)).pid;
    expect(JSON.parse(await root.ok('ps', '--format', 'json', bundle.id))).toEqual([first, pid]);
    const [head, ...lines] = (await root.ok('ps', bundle.id)).split('\n');
    expect(head).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/);
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual([String(first), String(pid)]);
    expect(lines[1]).toMatch(/^root .* \? +00:00:00 +\/probe --wait=15 second$/);
    const theirs = (await root.ok('ps', bundle.id, '-eo', 'pid,args')).split('\n').map((line) => line.trim());
    expect(theirs).toEqual(['PID COMMAND', `${first} /probe --wait=15`, `${pid} /probe --wait=15 second`]);
    expect((await root.run('ps', bundle.id, '--nope')).stderr).toContain('ps --nope: ended with exit code 1');
  });
});

describe('pause', () => {
  test('stops the container until resume, and keeps exec out', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const { id } = bundle;
    await root.ok('pause', id);
    expect((await root.state(id)).status).toBe('paused');
    const refused = await root.run('exec', id, '/probe');
    expect(refused.exitCode).toBe(255);
    expect(refused.stderr).toContain('--ignore-paused');
    expect((await root.run('pause', id)).exitCode).toBe(1);
    await root.ok('resume', id);
    expect((await root.state(id)).status).toBe('running');
    await look(root, id, '/probe');
  });
});

/** The container's folder of a controller, in v1 or v2. */
async function controllerFolder(root: RuntimeRoot, id: string, controller: string): Promise<string> {
  const text = await readFile(join(root.path, id, 'state.json'), 'utf8');
  const { cgroup } = JSON.parse(text) as { cgroup: { v1?: Record<string, string>; v2?: string } };
  return cgroup.v1?.[controller] ?? cgroup.v2 ?? '';
}

describe('update', () => {
  test('changes limits by options, by a file and from standard input', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root, {
      linux: { ...baseConfig().linux, resources: { pids: { limit: 20 } } },
    });
    const limit = async (): Promise<string> =>
      (await readFile(join(await controllerFolder(root, bundle.id, 'pids'), 'pids.max'), 'utf8')).trim();
    expect(await limit()).toBe('20');
    await root.ok('update', '--pids-limit', '30', bundle.id);
    expect(await limit()).toBe('30');
    const file = join(folder.path, 'resources.json');
    await writeFile(file, '{"pids":{"limit":40}}');
    await root.ok('update', '-r', file, bundle.id);
    expect(await limit()).toBe('40');
    const args = ['--root', root.path, 'update', '--resources=-', bundle.id];
    await execa(tsrun, args, { input: '{"pids":{"limit":50}}' });
    expect(await limit()).toBe('50');
    await root.ok('update', '--pids-limit=-1', bundle.id);
    expect(await limit()).toBe('max');
  });

  test('takes sizes with units', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    await root.ok('update', '--memory', '64m', '--memory-swap', '64m', bundle.id);
    const memory = await controllerFolder(root, bundle.id, 'memory');
    const name = memory.includes('/memory/') ? 'memory.limit_in_bytes' : 'memory.max';
    expect((await readFile(join(memory, name), 'utf8')).trim()).toBe(String(64 << 20));
  });

  test('keeps the other one of two that belong together', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root, {
      linux: { ...baseConfig().linux, resources: { cpu: { quota: 20_000, period: 50_000 } } },
    });
    const folder = await controllerFolder(root, bundle.id, 'cpu');
    const read = async (name: string): Promise<string> => (await readFile(join(folder, name), 'utf8')).trim();
    const max = async (): Promise<string> =>
      (await readdir(folder)).includes('cpu.max')
        ? await read('cpu.max')
        : `${await read('cpu.cfs_quota_us')} ${await read('cpu.cfs_period_us')}`;
    await root.ok('update', '--cpu-quota', '30000', bundle.id);
    expect(await max()).toBe('30000 50000');
    await root.ok('update', '--cpu-period', '60000', bundle.id);
    expect(await max()).toBe('30000 60000');
  });

  test('refuses what it does not understand', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    for (const args of [['--memory', '1x'], ['--cpu-share', 'many'], ['--l3-cache-schema', 'L3:0=f'], ['--nope']])
      expect((await root.run('update', ...args, bundle.id)).exitCode).toBe(1);
  });
});

describe('events', () => {
  test('--stats has every key that runc has', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const event = JSON.parse(await root.ok('events', '--stats', bundle.id)) as {
      readonly type: string;
      readonly id: string;
      readonly data: { readonly pids: { readonly current: number }; readonly memory: object };
    };
    expect(event.type).toBe('stats');
    expect(event.id).toBe(bundle.id);
    const parts = ['blkio', 'cpu', 'cpuset', 'hugetlb', 'intel_rdt', 'memory', 'network_interfaces', 'pids'];
    expect(Object.keys(event.data).sort()).toEqual(parts);
    expect(event.data.pids.current).toBe(1);
  });

  test('tells what is used at each interval until the container ends', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await running(root);
    const args = ['--root', root.path, 'events', '--interval', '50ms', bundle.id];
    const stream = execa(tsrun, args, { reject: false });
    let count = 0;
    for await (const line of stream) {
      expect(JSON.parse(line)).toMatchObject({ type: 'stats', id: bundle.id });
      count += 1;
      if (count === 2) await root.ok('kill', bundle.id, 'KILL');
    }
    expect((await stream).exitCode).toBe(0);
    expect(count).toBeGreaterThanOrEqual(2);
    expect((await root.run('events', bundle.id)).stderr).toContain('is not running');
  });
});

describe('spec', () => {
  test('writes a configuration that is understood, and never over another one', async () => {
    const bundle = join(folder.path, 'spec');
    await mkdir(bundle);
    await execa(tsrun, ['spec', '--bundle', bundle]);
    const config = decodeConfig(await readFile(join(bundle, 'config.json'), 'utf8'));
    const theirs = join(folder.path, 'runc');
    await mkdir(theirs);
    await execa('runc', ['spec', '--bundle', theirs]);
    const other = JSON.parse(await readFile(join(theirs, 'config.json'), 'utf8')) as Record<string, object>;
    expect(Object.keys(config).sort()).toEqual(Object.keys(other).sort());
    expect(config.mounts).toEqual(other['mounts']);
    const again = await execa(tsrun, ['spec', '-b', bundle], { reject: false });
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('file exists');
  });

  test('--rootless maps the caller', async () => {
    const bundle = join(folder.path, 'rootless');
    await mkdir(bundle);
    await execa(tsrun, ['spec', '--rootless'], { cwd: bundle });
    const { linux } = decodeConfig(await readFile(join(bundle, 'config.json'), 'utf8'));
    expect(linux?.uidMappings).toEqual([{ containerID: 0, hostID: process.geteuid?.(), size: 1 }]);
    expect(linux?.namespaces?.map(({ type }) => type)).not.toContain('network');
  });
});

describe('features', () => {
  interface Features {
    readonly ociVersionMax: string;
    readonly hooks: readonly string[];
    readonly mountOptions: readonly string[];
    readonly linux: {
      readonly namespaces: readonly string[];
      readonly capabilities: readonly string[];
      readonly seccomp: Readonly<Record<'actions' | 'operators' | 'archs', readonly string[]>>;
    };
  }

  test('names all that runc names', async () => {
    const features = async (runtime: string): Promise<Features> =>
      JSON.parse((await execa(runtime, ['features'])).stdout) as Features;
    const [ours, theirs] = await Promise.all([features(tsrun), features('runc')]);
    expect(ours.ociVersionMax).toBe('1.3.0');
    expect(ours.hooks).toEqual(theirs.hooks);
    // The kernel dropped them from the file systems that had them.
    expect(ours.mountOptions).toEqual(
      expect.arrayContaining(theirs.mountOptions.filter((name) => name !== 'acl' && name !== 'noacl')),
    );
    expect(ours.linux.namespaces).toEqual(expect.arrayContaining([...theirs.linux.namespaces]));
    expect(ours.linux.capabilities).toEqual(theirs.linux.capabilities);
    for (const part of ['actions', 'operators', 'archs'] as const)
      expect(ours.linux.seccomp[part]).toEqual(expect.arrayContaining([...theirs.linux.seccomp[part]]));
  });
});

describe('the options', () => {
  const commands = 'create run start state kill delete exec list ps pause resume update events spec features';

  test.each(commands.split(' '))('of runc %s are known', async (command) => {
    const [theirs, ours] = await Promise.all(['runc', tsrun].map((runtime) => execa(runtime, [command, '--help'])));
    const options = [...(theirs?.stdout ?? '').matchAll(/^ {3}(--[a-z0-9-]+)/gm)].map(([, name]) => name);
    for (const option of options) expect(ours?.stdout).toContain(option);
  });
});
