// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Debian's dockerd with tsrun as its default runtime, doing what its users do.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxName } from '../support/busybox-image.ts';
import { type ClientOutcome, clientRuntime } from '../support/client-runtime.ts';
import { Dockerd } from '../support/dockerd.ts';
import { OnTerminal } from '../support/terminal.ts';

let dockerd: Dockerd;

beforeAll(async () => {
  dockerd = await Dockerd.start(clientRuntime);
});
afterAll(() => dockerd[Symbol.asyncDispose]());

function run(options: readonly string[], text: string, input?: string): Promise<ClientOutcome> {
  const words = ['run', '--rm', '--network', 'none', ...options, busyboxName, 'sh', '-c', text];
  return dockerd.run(words, input === undefined ? {} : { input });
}

describe('docker run', () => {
  test('fails with a runtime that does nothing', async () => {
    const { exitCode, stdout } = await run(['--runtime', 'nothing'], 'true');
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
  });

  test('gives the exit code, both outputs and the input of the process', async () => {
    const outcome = await run(['--interactive'], 'cat; echo wrong >&2; exit 7', 'typed');
    expect(outcome).toEqual({ exitCode: 7, stdout: 'typed', stderr: 'wrong' });
  });

  test('tells a command that is not there from one that cannot be executed', async () => {
    expect((await dockerd.run(['run', '--rm', '--network', 'none', busyboxName, 'nothing-here'])).exitCode).toBe(127);
    expect((await dockerd.run(['run', '--rm', '--network', 'none', busyboxName, '/etc/passwd'])).exitCode).toBe(126);
  });

  test('sets environment, user, folder, volumes, a read-only root, a tmpfs and limits', async () => {
    const shared = join(dockerd.folder, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'in'), 'from the host\n');
    const process = ['--env', 'WORD=a b', '--user', 'someone', '--workdir', '/made/here'];
    const files = ['--read-only', '--tmpfs', '/scratch', '--volume', `${shared}:/ro:ro`];
    const limits = ['--memory', '64m', '--pids-limit', '50'];
    const text = `
      echo "$WORD"; id -u; pwd; touch /x || echo refused; cat /ro/in; grep -c " /scratch tmpfs" /proc/mounts
      cd /sys/fs/cgroup; cat memory.max pids.max 2>/dev/null || cat memory/memory.limit_in_bytes pids/pids.max`;
    const { stdout } = await run([...process, ...files, ...limits], text);
    expect(stdout.split('\n')).toEqual([
      'a b',
      '1000',
      '/made/here',
      'refused',
      'from the host',
      '1',
      `${64 << 20}`,
      '50',
    ]);
  });

  test('applies the default seccomp profile, or none, and capabilities', async () => {
    const text = 'grep -E "^(CapEff|Seccomp):" /proc/self/status';
    expect((await run(['--cap-drop', 'all'], text)).stdout).toBe('CapEff:\t0000000000000000\nSeccomp:\t2');
    expect((await run(['--security-opt', 'seccomp=unconfined'], text)).stdout).toContain('Seccomp:\t0');
  });

  test('has an init that reaps', async () => {
    expect((await run(['--init'], 'cat /proc/1/comm')).stdout).toMatch(/init|tini/);
  });

  test('shows a terminal of its own and passes its size on', async () => {
    const words = ['run', '--rm', '--network', 'none', '--interactive', '--tty', busyboxName];
    const text = 'tty; until stty size 2>/dev/null | grep 30; do sleep 0.1; done; read x; echo "<$x>"; exit 3';
    await using terminal = new OnTerminal(dockerd.command(...words, 'sh', '-c', text));
    await terminal.waitFor(/30 100/);
    terminal.type('hello\r');
    expect(await terminal.ended()).toBe(3);
    expect(terminal.raw).toContain('/dev/pts/0');
    expect(terminal.raw).toContain('<hello>');
  });
});

describe('a container in the background', () => {
  const text = 'trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.1; done';

  beforeAll(() =>
    dockerd.output('run', '--detach', '--name', 'busy', '--network', 'none', busyboxName, 'sh', '-c', text),
  );

  const state = (format: string): Promise<string> => dockerd.output('inspect', '--format', format, 'busy');

  test('takes other processes, with exit codes of their own', async () => {
    const options = ['--env', 'B=2', '--user', '1000', '--workdir', '/tmp'];
    const { exitCode, stdout } = await dockerd.run([
      'exec',
      ...options,
      'busy',
      'sh',
      '-c',
      'echo $B; id -u; pwd; exit 5',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '2\n1000\n/tmp' });
    expect((await dockerd.run(['exec', 'busy', 'nothing-here'])).exitCode).toBeOneOf([126, 127]);
    await using terminal = new OnTerminal(
      dockerd.command('exec', '--tty', '--interactive', 'busy', 'sh', '-c', 'tty; exit 6'),
    );
    expect(await terminal.ended()).toBe(6);
    expect(terminal.raw).toMatch(/\/dev\/pts\/\d/);
  });

  test('shows its processes and figures', async () => {
    expect(await dockerd.output('top', 'busy')).toContain('sh -c trap');
    expect(await dockerd.output('stats', '--no-stream', '--format', '{{.PIDs}}', 'busy')).toMatch(/^[1-9]/);
  });

  test('is paused, goes on and gets new limits', async () => {
    await dockerd.output('pause', 'busy');
    expect(await state('{{.State.Status}}')).toBe('paused');
    await dockerd.output('unpause', 'busy');
    expect(await state('{{.State.Status}}')).toBe('running');
    await dockerd.output('update', '--memory', '32m', '--memory-swap', '64m', 'busy');
    const read = 'cd /sys/fs/cgroup; cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes';
    expect(await dockerd.output('exec', 'busy', 'sh', '-c', read)).toBe(String(32 << 20));
  });

  test('stops by its signal, keeps what it wrote, starts again and is removed by force', async () => {
    await dockerd.output('stop', 'busy');
    expect(await state('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 4');
    expect(await dockerd.output('logs', 'busy')).toBe('ready\nbye');
    await dockerd.output('start', 'busy');
    await dockerd.output('kill', 'busy');
    expect(await dockerd.output('wait', 'busy')).toBe('137');
    const id = await state('{{.Id}}');
    await dockerd.output('start', 'busy');
    await dockerd.output('rm', '--force', 'busy');
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(id);
  });

  test('is told of when it was out of memory', async () => {
    const limits = ['--memory', '16m', '--memory-swap', '16m', '--network', 'none'];
    const { exitCode } = await dockerd.run(['run', '--name', 'hog', ...limits, busyboxName, 'tail', '/dev/zero']);
    expect(exitCode).toBe(137);
    expect(await dockerd.output('inspect', '--format', '{{.State.OOMKilled}}', 'hog')).toBe('true');
  });
});
