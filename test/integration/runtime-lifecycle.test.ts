// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// create, start, state, list, kill, delete and run as callers of an OCI runtime use them, on the real tsrun.

import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { cgroupsNamed } from '../support/cgroup-tree.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { bundleIn, makeRuntimeRoot, type RuntimeRoot, type StateReport } from '../support/runtime-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** A created container whose program, the probe, waits for SIGTERM and ends with 5. */
async function created(
  root: RuntimeRoot,
  change: Partial<RuntimeConfig> = {},
  ...options: readonly string[]
): Promise<TestBundle> {
  const bundle = bundleIn(root, await makeBundle(probe));
  await bundle.write({ ...baseConfig('--wait=15', '--exit=5'), ...change });
  const { exitCode, stderr } = await root.leave('create', '--bundle', bundle.folder, ...options, bundle.id);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return bundle;
}

async function untilStatus(root: RuntimeRoot, id: string, status: string): Promise<void> {
  let found = '';
  const look = async (): Promise<boolean> => {
    const { stdout, stderr } = await root.run('state', id);
    found = stdout === '' ? stderr : (JSON.parse(stdout) as StateReport).status;
    return found === status;
  };
  for (let attempt = 0; !(await look()); attempt += 1)
    if (attempt > 500) throw new Error(`expected ${id} to be ${status}, found ${found}`);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('a container from create to delete', () => {
  test('is created, running and stopped, and its program runs from start on', async () => {
    await using root = await makeRuntimeRoot();
    const pidFile = join(folder.path, 'pid');
    await using bundle = await created(root, { annotations: { a: 'b' } }, '--pid-file', pidFile);
    const { id } = bundle;
    const state = await root.state(id);
    expect(state).toEqual({
      ociVersion: '1.2.0',
      id,
      pid: Number(await readFile(pidFile, 'utf8')),
      status: 'created',
      bundle: bundle.folder,
      rootfs: bundle.rootfs,
      created: expect.stringMatching(/^2[0-9-]+T[0-9:.]+Z$/),
      annotations: { a: 'b' },
      owner: '',
    });
    expect(isAlive(state.pid)).toBe(true);
    expect(root.output()).toBe('');
    await root.ok('start', id);
    expect((await root.state(id)).status).toBe('running');
    await until('the program runs', () => root.output().includes('"argv"'));
    await root.ok('kill', id);
    await untilStatus(root, id, 'stopped');
    expect((await root.state(id)).pid).toBe(0);
    await root.ok('delete', id);
    expect(existsSync(join(root.path, id))).toBe(false);
    expect(cgroupsNamed(id)).toEqual([]);
  });

  test('each command refuses what its state does not allow, in the words that callers look for', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    const { id } = bundle;
    const complaint = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, stderr } = await root.run(...args);
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await complaint('create', '-b', bundle.folder, id)).toContain('container with given ID already exists');
    await root.ok('start', id);
    expect(await complaint('start', id)).toContain('cannot start an already running container');
    expect(await complaint('delete', id)).toContain(`cannot delete container ${id} that is not stopped: running`);
    expect(await complaint('resume', id)).toContain('container not paused');
    await root.ok('kill', id, 'KILL');
    await untilStatus(root, id, 'stopped');
    expect(await complaint('start', id)).toContain('cannot start a container that has stopped');
    expect(await complaint('kill', id)).toContain('container not running');
    expect(await complaint('pause', id)).toContain('container not running');
    await root.ok('delete', id);
    for (const command of ['state', 'start', 'kill', 'delete', 'ps', 'pause', 'resume', 'update', 'events'])
      expect(await complaint(command, id)).toContain('container does not exist');
    await root.ok('delete', '--force', id);
  });

  test('a link or a fifo in the place of its folder is not followed, emptied or waited for', async () => {
    await using root = await makeRuntimeRoot();
    using outside = temporaryFolder();
    await writeFile(join(outside.path, 'file'), 'of someone else');
    await mkdir(root.path);
    await symlink(outside.path, join(root.path, 'link'));
    await execa('mkfifo', [join(root.path, 'fifo')]);
    for (const id of ['link', 'fifo'])
      expect((await root.run('delete', '--force', id)).stderr).toMatch(/ENOTDIR|ELOOP/);
    expect(await readdir(outside.path)).toEqual(['file']);
    await rm(join(root.path, 'link'));
    await rm(join(root.path, 'fifo'));
  });

  test('its pid file is written neither through a link nor into a fifo that someone else made', async () => {
    await using root = await makeRuntimeRoot();
    using shared = temporaryFolder();
    const [victim, pidFile] = [join(shared.path, 'victim'), join(shared.path, 'pid')];
    await writeFile(victim, 'of someone else');
    for (const plant of [
      (): Promise<unknown> => symlink(victim, join(shared.path, '.pid')),
      (): Promise<unknown> => execa('mkfifo', [join(shared.path, '.pid')]),
    ]) {
      await plant();
      await using bundle = await created(root, {}, '--pid-file', pidFile);
      expect(Number(readFileSync(pidFile, 'utf8'))).toBe((await root.state(bundle.id)).pid);
      expect(lstatSync(pidFile).isFile()).toBe(true);
      expect(readFileSync(victim, 'utf8')).toBe('of someone else');
      expect(await readdir(shared.path)).toEqual(['pid', 'victim']);
    }
  });

  test('a created container that is deleted never ran', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    const { pid } = await root.state(bundle.id);
    await root.ok('delete', bundle.id);
    expect(isAlive(pid)).toBe(false);
    expect(root.output()).toBe('');
  });

  test.each(['created', 'running', 'paused'])('delete --force ends one that is %s', async (status) => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    const { id } = bundle;
    if (status !== 'created') await root.ok('start', id);
    if (status === 'paused') await root.ok('pause', id);
    const { pid, status: found } = await root.state(id);
    expect(found).toBe(status);
    await root.ok('delete', '-f', id);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(root.path, id))).toBe(false);
    expect(cgroupsNamed(id)).toEqual([]);
  });

  test('a container without a process can be created, and is at its end when it is started', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    const { process: _, ...config } = baseConfig();
    await writeFile(join(bundle.folder, 'config.json'), JSON.stringify(config));
    expect((await root.leave('create', '--bundle', bundle.folder, bundle.id)).exitCode).toBe(0);
    expect((await root.state(bundle.id)).status).toBe('created');
    expect((await root.run('start', bundle.id)).exitCode).toBe(0);
    await untilStatus(root, bundle.id, 'stopped');
  });

  test('a program that cannot be executed fails create, and nothing is left', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write({ ...baseConfig(), process: { ...baseConfig().process, args: ['/nope'] } });
    const { exitCode, stderr } = await root.run('create', '-b', bundle.folder, bundle.id);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no such file or directory');
    expect(existsSync(join(root.path, bundle.id))).toBe(false);
    expect(cgroupsNamed(bundle.id)).toEqual([]);
  });

  test('a pid that is another process by now does not count', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    const file = join(root.path, bundle.id, 'state.json');
    const { pid } = await root.state(bundle.id);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"startTime":[0-9]+/, '"startTime":1'));
    expect((await root.state(bundle.id)).status).toBe('stopped');
    expect((await root.run('kill', bundle.id, 'KILL')).stderr).toContain('container not running');
    expect(isAlive(pid)).toBe(true);
    await writeFile(file, text);
  });
});

describe('signals', () => {
  test.each(['TERM', 'SIGTERM', '15', 'sigterm', ''])('kill takes "%s"', async (signal) => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    await root.ok('start', bundle.id);
    await until('the program waits', () => root.output().includes('"paths"'));
    expect((await root.run('kill', bundle.id, signal)).exitCode).toBe(0);
    await untilStatus(root, bundle.id, 'stopped');
  });

  test.each(['TERM', 'INT', 'HUP', 'QUIT'])('SIG%s ends a container that waits to be started', async (signal) => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    expect((await root.run('kill', bundle.id, signal)).exitCode).toBe(0);
    await untilStatus(root, bundle.id, 'stopped');
  });

  test('a signal that does not exist is named', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    expect((await root.run('kill', bundle.id, 'SIGNOPE')).stderr).toContain('expected a signal, found "SIGNOPE"');
    expect((await root.run('kill', bundle.id, '99')).exitCode).toBe(1);
    expect((await root.run('kill', bundle.id, '0')).exitCode).toBe(0);
  });

  test.each(['--all', ''])('SIGKILL %s ends every process where the host sees their pids', async (option) => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root, { linux: { namespaces: [{ type: 'mount' }] } });
    const { id } = bundle;
    await root.ok('start', id);
    const pidFile = join(folder.path, 'second');
    expect((await root.leave('exec', '-d', '--pid-file', pidFile, id, '/probe', '--wait=15')).exitCode).toBe(0);
    const second = Number(await readFile(pidFile, 'utf8'));
    expect(isAlive(second)).toBe(true);
    await root.ok('kill', ...(option === '' ? [] : [option]), id, 'KILL');
    await until('both are dead', () => !isAlive(second));
    await untilStatus(root, id, 'stopped');
  });

  test('kill --all of a container that has ended is no error', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    await root.ok('kill', bundle.id, 'KILL');
    await untilStatus(root, bundle.id, 'stopped');
    expect((await root.run('kill', '--all', bundle.id, 'KILL')).stderr).toBe('');
  });
});

describe('run', () => {
  test('deletes the container when it has ended, or keeps it', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig('--exit=3'));
    expect((await root.run('run', '-b', bundle.folder, bundle.id)).exitCode).toBe(3);
    expect(await root.ok('list', '-q')).toBe('');
    expect((await root.run('run', '--keep', '-b', bundle.folder, bundle.id)).exitCode).toBe(3);
    expect((await root.state(bundle.id)).status).toBe('stopped');
  });

  test('detached leaves a running container', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig('--wait=15'));
    expect((await root.leave('run', '--detach', '-b', bundle.folder, bundle.id)).exitCode).toBe(0);
    expect((await root.state(bundle.id)).status).toBe('running');
  });

  test('a container in the foreground can be deleted by someone else', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig('--wait=15'));
    const runtime = root.run('run', '-b', bundle.folder, bundle.id);
    await until('it runs', () => existsSync(join(root.path, bundle.id, 'state.json')));
    await untilStatus(root, bundle.id, 'running');
    const { pid } = await root.state(bundle.id);
    // Until then it is the runtime's process still, whose death is a failure to run the container.
    await until('its program runs', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'probe\n');
    await root.ok('delete', '-f', bundle.id);
    expect((await runtime).exitCode).toBe(137);
  });
});

describe('descriptors', () => {
  /** Runs the probe with the descriptors 3 and 6 open, from a shell. */
  async function look(root: RuntimeRoot, bundle: TestBundle, ...options: readonly string[]): Promise<ProbeReport> {
    await bundle.write(baseConfig());
    const command = [tsrun, '--root', root.path, '--log', join(folder.path, 'fds.log')];
    const run = ['run', ...options, '-b', bundle.folder, bundle.id];
    const script = 'exec 3</dev/null 6</dev/null; exec "$@"';
    const { stdout } = await execa('sh', ['-c', script, 'sh', ...command, ...run], { stdin: 'ignore' });
    return JSON.parse(stdout) as ProbeReport;
  }

  test('of the caller that are to be kept reach the program, and none else, though some of them are not open', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    expect((await look(root, bundle)).descriptors).toEqual([0, 1, 2]);
    expect((await look(root, bundle, '--preserve-fds', '1')).descriptors).toEqual([0, 1, 2, 3]);
    expect((await look(root, bundle, '--preserve-fds=7')).descriptors).toEqual([0, 1, 2, 3, 6]);
    expect(await readFile(join(folder.path, 'fds.log'), 'utf8')).toContain(
      'of 7 descriptors to preserve 5 are not open',
    );
  });

  test('that systemd opened are passed on with their number', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig());
    const words = ['--root', root.path, 'run', '-b', bundle.folder, bundle.id];
    const { stdout } = await execa('sh', ['-c', 'exec 3</dev/null; exec "$@"', 'sh', tsrun, ...words], {
      stdin: 'ignore',
      env: { LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' },
    });
    const report = JSON.parse(stdout) as ProbeReport;
    expect(report.descriptors).toEqual([0, 1, 2, 3]);
    expect(report.env).toEqual(expect.arrayContaining(['LISTEN_FDS=1', 'LISTEN_PID=1', 'LISTEN_FDNAMES=web']));
  });
});

describe('hooks after create', () => {
  const log = (name: string, text: string): string =>
    `cat >> ${folder.path}/${name}; echo "${text}" >> ${folder.path}/${name}`;
  const hook = (script: string): { path: string; args: readonly string[] } => ({
    path: '/bin/sh',
    args: ['sh', '-c', script],
  });

  test('poststart runs in start and poststop in delete, with the state on their input', async () => {
    await using root = await makeRuntimeRoot();
    const hooks = { poststart: [hook(log('order', 'started'))], poststop: [hook(log('order', 'deleted'))] };
    await using bundle = await created(root, { hooks });
    const { pid } = await root.state(bundle.id);
    await root.ok('start', bundle.id);
    await root.ok('delete', '-f', bundle.id);
    const lines = (await readFile(join(folder.path, 'order'), 'utf8')).split(/(?<=started|deleted)\n/);
    expect(lines[0]).toContain('started');
    expect(JSON.parse(lines[0]?.replace('started', '') ?? '')).toMatchObject({ id: bundle.id, status: 'running', pid });
    expect(JSON.parse(lines[1]?.replace('deleted', '') ?? '')).toMatchObject({ id: bundle.id, status: 'stopped' });
  });

  test('a poststart hook that fails fails start and destroys the container', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root, { hooks: { poststart: [hook('echo no; exit 4')] } });
    const { exitCode, stderr } = await root.run('start', bundle.id);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/poststart hook 0 "\/bin\/sh": .*4.*"no"/);
    expect(existsSync(join(root.path, bundle.id))).toBe(false);
  });

  test('a poststop hook that fails is a warning', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root, { hooks: { poststop: [hook('exit 4')] } });
    const { exitCode, stderr } = await root.run('delete', bundle.id);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning: poststop hook 0/);
  });

  test('a hook that asks for the state is told that the container is being created', async () => {
    await using root = await makeRuntimeRoot();
    const ask = `id=$(cut -d'"' -f8); ${tsrun} --root ${root.path} state "$id" > ${folder.path}/asked`;
    await using bundle = await created(root, { hooks: { createRuntime: [hook(ask)] } });
    expect(JSON.parse(await readFile(join(folder.path, 'asked'), 'utf8'))).toMatchObject({
      id: bundle.id,
      status: 'creating',
      pid: (await root.state(bundle.id)).pid,
    });
  });
});

describe('list', () => {
  test('prints a table, JSON or ids, and nothing for a root that nobody named', async () => {
    await using root = await makeRuntimeRoot();
    await mkdir(root.path);
    expect(await root.ok('list', '--format', 'json')).toBe('null');
    await using bundle = await created(root);
    const { pid, created: time } = await root.state(bundle.id);
    const [head, line, ...others] = (await root.ok('list')).split('\n');
    expect(head).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
    expect(line?.split(/ +/)).toEqual([bundle.id, String(pid), 'created', bundle.folder, time, 'root']);
    expect(others).toEqual([]);
    expect(JSON.parse(await root.ok('list', '-f', 'json'))).toEqual([
      { ...(await root.state(bundle.id)), owner: 'root' },
    ]);
    expect(await root.ok('list', '--quiet')).toBe(bundle.id);
    const elsewhere = await execa(tsrun, ['list', '-q'], { reject: false, env: { XDG_RUNTIME_DIR: '/nowhere' } });
    expect(elsewhere.exitCode).toBe(0);
  });

  test('goes on after folders that cannot be read, and names them', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = await created(root);
    await mkdir(join(root.path, 'empty'));
    await mkdir(join(root.path, 'broken'));
    await writeFile(join(root.path, 'broken/state.json'), '{"version":2}');
    await writeFile(join(root.path, 'file'), '');
    const { exitCode, stdout, stderr } = await root.run('list', '-q');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(bundle.id);
    expect(stderr).toMatch(/list "broken": .*state.json: version: expected the version of this program/);
    expect(stderr).toMatch(/list "empty": it has no state.json: "delete --force" removes it/);
    expect(stderr.split('\n')).toHaveLength(2);
    await root.ok('delete', '--force', 'empty');
    await writeFile(join(root.path, 'broken/state.json'), '');
    expect((await root.run('delete', '--force', 'broken')).exitCode).toBe(1);
    await execa('rm', ['-r', join(root.path, 'broken'), join(root.path, 'file')]);
  });

  test('a root that was named and does not exist is an error', async () => {
    await using root = await makeRuntimeRoot();
    expect((await root.run('list')).stderr).toContain('no such file or directory');
  });
});

describe('messages', () => {
  test('go to the log as callers parse them, and errors to standard error as well', async () => {
    await using root = await makeRuntimeRoot();
    const log = join(folder.path, 'log');
    const { stderr } = await root.run('--log', log, '--log-format', 'json', 'state', 'x');
    expect(stderr).toBe('container does not exist');
    expect(JSON.parse(await readFile(log, 'utf8'))).toEqual({
      level: 'error',
      msg: 'container does not exist',
      time: expect.stringMatching(/^[0-9-]{10}T[0-9:]{8}Z$/),
    });
    await root.run('--log', `file:${log}`, 'state', 'x');
    expect((await readFile(log, 'utf8')).split('\n')[1]).toMatch(
      /^time="[0-9TZ:-]+" level=error msg="container does not exist"$/,
    );
    expect(JSON.parse((await root.run('--log-format=json', 'state', 'x')).stderr)).toMatchObject({ level: 'error' });
    expect((await root.run('--log', '/no/such/log', 'list')).stderr).toContain('open the log /no/such/log');
  });

  test('are not lost with a log that is full, and no container is', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    const full = 'tsrun: open the log /dev/full: write: ENOSPC';
    const missing = await root.run('--log', '/dev/full', 'state', 'x');
    expect(missing).toEqual({ exitCode: 1, stdout: '', stderr: `${full}\ncontainer does not exist` });
    const base = baseConfig('--exit=5');
    await bundle.write({ ...base, process: { ...base.process, capabilities: { bounding: ['CAP_NONE'] } } });
    const { exitCode, stderr } = await root.run('--log', '/dev/full', 'run', '-b', bundle.folder, bundle.id);
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: full });
  });

  test('say with --debug what was asked for, and not otherwise', async () => {
    await using root = await makeRuntimeRoot();
    const said = /^time="[^"]+" level=debug msg="delete --force x"$/;
    expect((await root.run('--debug', 'delete', '--force', 'x')).stderr).toMatch(said);
    expect((await root.run('delete', '--force', 'x')).stderr).toBe('');
  });

  test('an id that could leave the root is refused', async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig());
    for (const id of ['..', 'a/b', '.', 'a b', ''])
      expect((await root.run('create', '-b', bundle.folder, id)).stderr).toContain('invalid container ID format');
    expect((await root.run('delete', '--force', '../x')).stderr).toContain('invalid character "/"');
  });

  test("systemd's cgroups are refused once a container is to be made", async () => {
    await using root = await makeRuntimeRoot();
    await using bundle = bundleIn(root, await makeBundle(probe));
    await bundle.write(baseConfig());
    const { exitCode, stderr } = await root.run('--systemd-cgroup', 'create', '-b', bundle.folder, bundle.id);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--systemd-cgroup');
  });

  test.each(['checkpoint', 'restore'])('%s is not supported, and says so', async (command) => {
    const { exitCode, stderr } = await execa(tsrun, [command, 'x'], { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${command} is not supported`);
  });

  test('the version has the lines that callers parse', async () => {
    const { stdout } = await execa(tsrun, ['--version']);
    expect(stdout).toMatch(/^tsrun version [0-9.]+\ncommit: .+\nspec: 1\.3\.0\n/);
  });
});
