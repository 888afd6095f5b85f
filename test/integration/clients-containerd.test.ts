// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Debian's containerd with tsrun behind its runc shim, doing what its users do.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cgroupFile } from '../support/cgroup-tree.ts';
import { clientRuntime, noRuntime } from '../support/client-runtime.ts';
import { Containerd } from '../support/containerd.ts';
import { OnTerminal } from '../support/terminal.ts';

let containerd: Containerd;

beforeAll(async () => {
  containerd = await Containerd.start(clientRuntime);
});
afterAll(() => containerd[Symbol.asyncDispose]());

async function status(id: string): Promise<string | undefined> {
  const line = (await containerd.output('tasks', 'ls')).split('\n').find((row) => row.startsWith(`${id} `));
  return line?.split(/ +/)[2];
}

describe('ctr run', () => {
  test('fails with a runtime that does nothing', async () => {
    const { exitCode, stdout } = await containerd.runContainer(['--rm', '--runc-binary', noRuntime], 'nothing', [
      'true',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test('gives the exit code and the outputs of the process', async () => {
    const outcome = await containerd.runContainer(
      ['--rm'],
      'first',
      ['sh', '-c', 'read x; echo $x; echo err >&2; exit 7'],
      {
        input: 'typed\n',
      },
    );
    expect(outcome).toMatchObject({ exitCode: 7, stdout: 'typed' });
    expect(outcome.stderr).toContain('err');
  });

  test('says what a command that is not there is', async () => {
    const { exitCode, stderr } = await containerd.runContainer(['--rm'], 'absent', ['nothing-here']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('OCI runtime create failed');
    expect(stderr).toContain('nothing-here');
  });

  test('sets environment, folder, mounts, a read-only root and seccomp', async () => {
    const options = ['--env', 'WORD=a b', '--cwd', '/tmp', '--read-only', '--seccomp'];
    const mount = ['--mount', `type=bind,src=${containerd.folder},dst=/mnt,options=rbind:ro`];
    const text = 'echo "$WORD"; pwd; touch /x || echo refused; ls /mnt/config.toml; grep ^Seccomp: /proc/self/status';
    const { stdout } = await containerd.runContainer(['--rm', ...options, ...mount], 'options', ['sh', '-c', text]);
    expect(stdout).toBe('a b\n/tmp\nrefused\n/mnt/config.toml\nSeccomp:\t2');
  });

  test('limits memory and CPUs', async () => {
    const limits = ['--memory-limit', String(64 << 20), '--cpus', '0.5'];
    await containerd.startContainer(limits, 'limits', 'sleep', '1000');
    const pid = (await containerd.output('tasks', 'ls')).split('\n').at(-1)?.split(/ +/)[1];
    const read = (controller: string, v2: string, v1: string): Promise<string> =>
      cgroupFile(Number(pid), controller, { v1, v2 });
    expect(await read('memory', 'memory.max', 'memory.limit_in_bytes')).toBe(String(64 << 20));
    expect((await read('cpu', 'cpu.max', 'cpu.cfs_quota_us')).split(' ')[0]).toBe('50000');
    await containerd.run(['tasks', 'delete', '--force', 'limits']);
    await containerd.output('containers', 'delete', 'limits');
  });

  test('shows a terminal', async () => {
    await using terminal = new OnTerminal(
      containerd.runCommand(
        ['--rm', '--tty'],
        'tty',
        'sh',
        '-c',
        'tty; until stty size 2>/dev/null | grep 30; do sleep 0.1; done; read x; echo "<$x>"; exit 3',
      ),
    );
    await terminal.waitFor(/30 100/);
    terminal.type('hello\r');
    expect(await terminal.ended()).toBe(3);
    expect(terminal.raw).toContain('/dev/pts/0');
    expect(terminal.raw).toContain('<hello>');
  });
});

describe('a task in the background', () => {
  beforeAll(() => containerd.startContainer([], 'busy', 'sh', '-c', 'trap "exit 4" TERM; while :; do sleep 0.1; done'));

  test('runs and shows its processes and figures', async () => {
    expect(await status('busy')).toBe('RUNNING');
    expect((await containerd.output('tasks', 'ps', 'busy')).split('\n').length).toBeGreaterThan(1);
    const metrics = JSON.parse(await containerd.output('tasks', 'metrics', '--format', 'json', 'busy')) as {
      readonly pids: { readonly current: number };
    };
    expect(metrics.pids.current).toBeGreaterThan(0);
  });

  test('takes other processes, on a terminal too', async () => {
    const exec = ['tasks', 'exec', '--cwd', '/tmp', '--user', '1000'];
    const { exitCode, stdout } = await containerd.run([
      ...exec,
      '--exec-id',
      'one',
      'busy',
      'sh',
      '-c',
      'pwd; id -u; exit 5',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '/tmp\n1000' });
    const words = ['tasks', 'exec', '--tty', '--exec-id', 'two', 'busy', 'sh', '-c', 'tty; exit 6'];
    await using terminal = new OnTerminal(containerd.command(...words));
    expect(await terminal.ended()).toBe(6);
    expect(terminal.raw).toMatch(/\/dev\/pts\/\d/);
  });

  test('refuses a process whose command is not there, and goes on', async () => {
    const { exitCode, stderr } = await containerd.run(['tasks', 'exec', '--exec-id', 'bad', 'busy', 'nothing-here']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('nothing-here');
    expect(await status('busy')).toBe('RUNNING');
  });

  test('is paused and goes on', async () => {
    await containerd.output('tasks', 'pause', 'busy');
    expect(await status('busy')).toBe('PAUSED');
    await containerd.output('tasks', 'resume', 'busy');
    expect(await status('busy')).toBe('RUNNING');
  });

  test('ends by a signal and is deleted with its exit code', async () => {
    await containerd.output('tasks', 'kill', '--signal', 'SIGTERM', 'busy');
    await expect.poll(() => status('busy')).toBe('STOPPED');
    expect((await containerd.run(['tasks', 'delete', 'busy'])).stderr).toContain('exit with non-zero exit code 4');
    await containerd.output('containers', 'delete', 'busy');
    expect(await status('busy')).toBeUndefined();
  });
});

describe('a task that does not end by itself', () => {
  afterEach(() => containerd.run(['containers', 'delete', 'stubborn']));

  test('is killed with all its processes', async () => {
    await containerd.startContainer([], 'stubborn', 'sh', '-c', 'trap "" TERM; sleep 1000 & sleep 1001');
    await containerd.output('tasks', 'kill', '--all', '--signal', 'KILL', 'stubborn');
    await expect.poll(() => status('stubborn')).toBe('STOPPED');
    await containerd.run(['tasks', 'delete', 'stubborn']);
    expect(await status('stubborn')).toBeUndefined();
  });

  test('is deleted by force', async () => {
    await containerd.startContainer([], 'stubborn', 'sleep', '1000');
    await containerd.run(['tasks', 'delete', '--force', 'stubborn']);
    expect(await status('stubborn')).toBeUndefined();
  });
});
