// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Between "create" and "start": a process that waits at its gate while the command that made it is gone.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');
const root = join(folder.path, 'run');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

interface Created extends AsyncDisposable {
  readonly pid: number;
  /** What the program wrote, once it has ended. */
  report(): Promise<ProbeReport>;
}

/** Runs a command on containers of these tests; their ids may be used by others on this host. */
const command = (...words: readonly string[]) => execa(tsrun, ['--root', root, ...words], { reject: false });

/** A container's program writes into a file of the bundle. */
async function create(bundle: TestBundle, config: RuntimeConfig): Promise<Created> {
  await bundle.write(config);
  const output = join(bundle.folder, 'output');
  const pidFile = join(bundle.folder, 'pid');
  const words = ['--root', root, 'create', '-b', bundle.folder, '--pid-file', pidFile, bundle.id];
  // A file itself, and no pipe into it: whoever reads that would wait for the container's end.
  const fd = openSync(output, 'w');
  const { status } = spawnSync(tsrun, words, { stdio: ['ignore', fd, 'ignore'] });
  closeSync(fd);
  expect(status).toBe(0);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return {
    pid,
    report: async () => {
      await until('the program has ended', () => !isAlive(pid));
      return JSON.parse(readFileSync(output, 'utf8')) as ProbeReport;
    },
    [Symbol.asyncDispose]: async () => void (await command('delete', '--force', bundle.id)),
  };
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a created container', () => {
  test('waits with everything set up, and runs its program when it is started, once', async () => {
    await using bundle = await makeBundle(probe);
    await using created = await create(bundle, baseConfig());
    expect(readFileSync(`/proc/${created.pid}/cgroup`, 'utf8')).toContain(bundle.id);
    expect(readFileSync(join(bundle.folder, 'output'), 'utf8')).toBe('');
    await sleep(50);
    expect(isAlive(created.pid)).toBe(true);
    expect((await command('start', bundle.id)).exitCode).toBe(0);
    expect((await created.report()).pid).toBe(1);
    expect((await command('start', bundle.id)).stderr).toMatch(/cannot start a container that has stopped/);
  });

  test('has nothing open at its start but the standard streams, and what was to be preserved', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(baseConfig('/proc/self/fd/3', '/proc/self/fd/4'));
    const script =
      'exec 3</etc/passwd 4<"$1" 5</etc/group; "$0" --root "$3" create -b "$1" --preserve-fds 2 "$2" >"$1/output" 2>&1';
    await execa('sh', ['-c', script, tsrun, bundle.folder, bundle.id, root]);
    await command('start', bundle.id);
    const output = join(bundle.folder, 'output');
    await until('it has reported', () => readFileSync(output, 'utf8').endsWith('\n'));
    const { descriptors, paths } = JSON.parse(readFileSync(output, 'utf8')) as ProbeReport;
    expect(descriptors).toEqual([0, 1, 2, 3, 4]);
    expect(paths['/proc/self/fd/3']?.content).toContain('root:x:0:0:');
    await command('delete', '--force', bundle.id);
  });

  test('tells "start" why its program cannot run', async () => {
    await using bundle = await makeBundle(probe);
    const base = baseConfig();
    await writeFile(join(bundle.rootfs, 'script'), '#!/no/shell\n', { mode: 0o755 });
    await using created = await create(bundle, { ...base, process: { ...base.process, args: ['/script'] } });
    const { exitCode, stderr } = await command('start', bundle.id);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('exec /script: no such file or directory');
    await until('the process has ended', () => !isAlive(created.pid));
  });

  test('ends when who comes to start it goes away again', async () => {
    await using bundle = await makeBundle(probe);
    await using created = await create(bundle, baseConfig());
    const gate = join(root, bundle.id, 'start.sock');
    const script = `import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(${JSON.stringify(gate)})`;
    await execa('python3', ['-c', script]);
    await until('the process has ended', () => !isAlive(created.pid));
    expect(readFileSync(join(bundle.folder, 'output'), 'utf8')).toBe('');
  });

  test('may lie in a folder whose path is longer than the address of a socket', async () => {
    await using bundle = await makeBundle(probe);
    const deep = join(folder.path, 'd'.repeat(120));
    await mkdir(deep);
    await bundle.write(baseConfig());
    const run = async (...words: readonly string[]) =>
      (await execa(tsrun, ['--root', deep, ...words], { stdio: 'ignore', reject: false })).exitCode;
    expect(await run('create', '-b', bundle.folder, bundle.id)).toBe(0);
    expect(await run('start', bundle.id)).toBe(0);
    expect(await run('delete', '--force', bundle.id)).toBe(0);
    await rm(deep, { recursive: true });
  });

  test('has room to be started with a limit of four descriptors', async () => {
    await using bundle = await makeBundle(probe);
    const base = baseConfig();
    const rlimits = [{ type: 'RLIMIT_NOFILE', soft: 4, hard: 4 }];
    await using created = await create(bundle, { ...base, process: { ...base.process, rlimits } });
    expect((await command('start', bundle.id)).stderr).toBe('');
    expect((await created.report()).limits['RLIMIT_NOFILE']).toEqual(['4', '4']);
  });
});
