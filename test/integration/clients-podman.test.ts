// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Debian's podman with tsrun as its runtime, doing what its users do. It talks to the runtime through conmon.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxName } from '../support/busybox-image.ts';
import { type ClientOutcome, clientRuntime, noRuntime } from '../support/client-runtime.ts';
import { Podman } from '../support/podman.ts';
import { OnTerminal } from '../support/terminal.ts';

let podman: Podman;

beforeAll(async () => {
  podman = await Podman.start(clientRuntime);
});
afterAll(() => podman[Symbol.asyncDispose]());

/** Runs a shell text in a new container that is removed at its end. */
function run(options: readonly string[], text: string, input?: string): Promise<ClientOutcome> {
  return podman.run(['run', '--rm', ...options, busyboxName, 'sh', '-c', text], input === undefined ? {} : { input });
}

/** Standard output of the same, which must end well. */
async function stdoutOf(options: readonly string[], text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(options, text);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** Starts a container in the background. */
async function start(name: string, text: string, ...options: readonly string[]): Promise<void> {
  await podman.output('run', '--detach', '--name', name, ...options, busyboxName, 'sh', '-c', text);
}

async function inspect(name: string, format: string): Promise<string> {
  return await podman.output('inspect', '--format', format, name);
}

describe('podman run', () => {
  test('fails with a runtime that does nothing', async () => {
    const { exitCode, stdout } = await podman.run(['--runtime', noRuntime, 'run', '--rm', busyboxName, 'true']);
    expect(exitCode).toBe(126);
    expect(stdout).toBe('');
  });

  test('gives the exit code, both outputs and the input of the process', async () => {
    expect(await run(['--interactive'], 'cat; echo wrong >&2; exit 7', 'typed')).toEqual({
      exitCode: 7,
      stdout: 'typed',
      stderr: 'wrong',
    });
  });

  test('tells a command that is not there from one that cannot be executed', async () => {
    expect((await podman.run(['run', '--rm', busyboxName, 'nothing-here'])).exitCode).toBe(127);
    expect((await podman.run(['run', '--rm', busyboxName, '/etc/passwd'])).exitCode).toBe(126);
  });

  test('sets environment, user, groups, working folder and host name', async () => {
    const options = ['--env', 'WORD=a b', '--user', 'someone', '--workdir', '/home/someone', '--hostname', 'box'];
    expect(await stdoutOf(options, 'echo "$WORD"; id -u; id -G; pwd; hostname')).toBe(
      ['a b', '1000', '1000 2000', '/home/someone', 'box'].join('\n'),
    );
  });

  test('mounts volumes, read-only ones too, and a tmpfs', async () => {
    const shared = join(podman.folder, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'in'), 'from the host');
    const options = ['--volume', `${shared}:/rw`, '--volume', `${shared}:/ro:ro`, '--tmpfs', '/scratch:size=1m'];
    const text =
      'cat /ro/in; echo back > /rw/out; touch /ro/x || echo refused; grep -c " /scratch .*size=1024k" /proc/mounts';
    const { stdout, exitCode } = await run(options, text);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'from the hostrefused\n1' });
    expect(await readFile(join(shared, 'out'), 'utf8')).toBe('back\n');
  });

  test('keeps a read-only root read-only, with places to write', async () => {
    const { stdout } = await run(['--read-only'], 'touch /x || echo refused; touch /tmp/x /run/x && echo written');
    expect(stdout).toBe('refused\nwritten');
  });

  test('gives and takes capabilities', async () => {
    const text = 'grep CapEff /proc/self/status';
    const bit = async (option: string, number: bigint): Promise<boolean> =>
      ((BigInt(`0x${(await stdoutOf([option], text)).split('\t')[1]}`) >> number) & 1n) === 1n;
    expect(await bit('--cap-add=net_admin', 12n)).toBe(true);
    expect(await bit('--cap-drop=chown', 0n)).toBe(false);
    expect(await stdoutOf(['--cap-drop=all'], text)).toBe('CapEff:\t0000000000000000');
  });

  test('applies the seccomp profile, or none, and no_new_privs', async () => {
    const status = 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status';
    expect(await stdoutOf(['--security-opt', 'no-new-privileges'], status)).toBe('NoNewPrivs:\t1\nSeccomp:\t2');
    expect(await stdoutOf(['--security-opt', 'seccomp=unconfined'], status)).toBe('NoNewPrivs:\t0\nSeccomp:\t0');
    const profile = join(podman.folder, 'profile.json');
    const rule = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 };
    await writeFile(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }));
    const { stderr } = await run(['--security-opt', `seccomp=${profile}`], 'mkdir /tmp/x');
    expect(stderr).toContain('No space left on device');
  });

  test('limits memory, CPUs and processes', async () => {
    const text = `
      cd /sys/fs/cgroup
      if [ -e cgroup.controllers ]; then cat memory.max pids.max; cut -d " " -f 1 cpu.max
      else cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us; fi`;
    const limits = ['--memory', '64m', '--pids-limit', '50', '--cpus', '0.5'];
    expect(await stdoutOf(limits, text)).toBe(`${64 << 20}\n50\n50000`);
  });

  test('kills what exceeds its memory', async () => {
    const limits = ['--memory', '16m', '--memory-swap', '16m'];
    const { exitCode } = await run(limits, 'exec tail /dev/zero');
    expect(exitCode).toBe(137);
  });

  test('maps users of a user namespace', async () => {
    const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
    const text = 'cat /proc/self/uid_map; stat -c %u /bin/busybox; id -u; touch /tmp/mine && stat -c %u /tmp/mine';
    const [map, ...ids] = (await stdoutOf(maps, text)).split('\n');
    expect(map?.trim().split(/ +/)).toEqual(['0', '100000', '65536']);
    expect(ids).toEqual(['0', '0', '0']);
  });

  test('shares namespaces of the host when asked to', async () => {
    const text = 'readlink /proc/self/ns/uts; readlink /proc/self/ns/net; ls /proc | grep -c "^[0-9]"';
    const [uts, net, processes] = (await stdoutOf(['--uts=host', '--network=host', '--pid=host'], text)).split('\n');
    const { stdout: own } = await run(
      ['--uts=private', '--network=none'],
      'readlink /proc/self/ns/uts; readlink /proc/self/ns/net',
    );
    expect(own.split('\n')).not.toContain(uts);
    expect(own.split('\n')).not.toContain(net);
    expect(Number(processes)).toBeGreaterThan(3);
  });

  test('adds devices, sysctls, limits of the process and an init', async () => {
    const limits = ['core=0:0', 'nofile=512:1024', 'nproc=100:200'].flatMap((limit) => ['--ulimit', limit]);
    const options = ['--device', '/dev/full:/dev/brim', '--sysctl', 'net.ipv4.ping_group_range=0 5', ...limits];
    const text =
      'stat -c "%t %T" /dev/brim; cat /proc/sys/net/ipv4/ping_group_range; ulimit -c; ulimit -n; cat /proc/1/comm';
    expect((await stdoutOf([...options, '--init', '--init-path', '/usr/bin/catatonit'], text)).split(/\s+/)).toEqual([
      '1',
      '7',
      '0',
      '5',
      '0',
      '512',
      'podman-init',
    ]);
  });

  test('runs hooks of the host', async () => {
    const hooks = join(podman.folder, 'hooks');
    const script = join(podman.folder, 'hook.sh');
    await mkdir(hooks);
    await writeFile(script, `#!/bin/sh\ncat > ${podman.folder}/hook-$1.json\n`, { mode: 0o755 });
    for (const stage of ['createRuntime', 'poststop']) {
      const hook = { path: script, args: ['hook', stage] };
      await writeFile(
        join(hooks, `${stage}.json`),
        JSON.stringify({ version: '1.0.0', hook, when: { always: true }, stages: [stage] }),
      );
    }
    await podman.output('--hooks-dir', hooks, 'run', '--rm', busyboxName, 'true');
    const state = async (stage: string): Promise<{ readonly status?: string; readonly pid?: number }> =>
      JSON.parse(await readFile(join(podman.folder, `hook-${stage}.json`), 'utf8')) as object;
    expect((await state('createRuntime')).pid).toBeGreaterThan(1);
    expect((await state('poststop')).status).toBe('stopped');
  });

  test('shows a terminal of its own and passes its size on', async () => {
    await using terminal = new OnTerminal(
      podman.command(
        'run',
        '--rm',
        '--interactive',
        '--tty',
        busyboxName,
        'sh',
        '-c',
        'tty; stty size; read x; echo "<$x>"; exit 3',
      ),
    );
    await terminal.waitFor(/30 100/);
    terminal.type('hello\r');
    expect(await terminal.ended()).toBe(3);
    expect(terminal.raw).toContain('/dev/pts/0');
    expect(terminal.raw).toContain('<hello>');
  });
});

describe('a running container', () => {
  beforeAll(() =>
    start('busy', 'trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.1; done', '--env', 'A=1'),
  );
  afterAll(() => podman.run(['rm', '--force', '--time', '0', 'busy']));

  test('is listed, inspected and has its processes shown', async () => {
    expect(await podman.output('ps', '--filter', 'status=running', '--format', '{{.Names}}')).toBe('busy');
    expect(await inspect('busy', '{{.State.Status}} {{.OCIRuntime}}')).toBe(`running ${clientRuntime}`);
    expect(await podman.output('top', 'busy', 'pid', 'comm')).toContain('sh');
  });

  test('takes another process with its own environment, user and folder', async () => {
    const options = ['--env', 'B=2', '--user', '1000:2000', '--workdir', '/tmp'];
    const { exitCode, stdout } = await podman.run(
      ['exec', '--interactive', ...options, 'busy', 'sh', '-c', 'echo $A $B; id -u; id -g; pwd; cat; exit 5'],
      { input: 'typed' },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '1 2\n1000\n2000\n/tmp\ntyped' });
    expect((await podman.run(['exec', 'busy', 'nothing-here'])).exitCode).toBe(127);
  });

  test('takes another process on a terminal', async () => {
    // Podman tells the terminal its size when the process runs already.
    const script =
      'tty; for i in $(seq 50); do [ "$(stty size)" = "30 100" ] && break; sleep 0.1; done; stty size; exit 6';
    await using terminal = new OnTerminal(podman.command('exec', '--interactive', '--tty', 'busy', 'sh', '-c', script));
    expect(await terminal.ended()).toBe(6);
    expect(terminal.raw).toMatch(/\/dev\/pts\/\d/);
    expect(terminal.raw).toContain('30 100');
  });

  test('takes a process in the background', async () => {
    await podman.output('exec', '--detach', 'busy', 'touch', '/tmp/background');
    await expect.poll(() => podman.run(['exec', 'busy', 'ls', '/tmp/background'])).toMatchObject({ exitCode: 0 });
  });

  test('is paused and goes on', async () => {
    await podman.output('pause', 'busy');
    expect(await inspect('busy', '{{.State.Status}}')).toBe('paused');
    expect((await podman.run(['exec', 'busy', 'true'])).exitCode).not.toBe(0);
    await podman.output('unpause', 'busy');
    expect(await inspect('busy', '{{.State.Status}}')).toBe('running');
    expect((await podman.run(['exec', 'busy', 'true'])).exitCode).toBe(0);
  });

  test('gets new limits', async () => {
    const text = 'cd /sys/fs/cgroup; cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes';
    await podman.output('update', '--memory', '32m', 'busy');
    expect(await podman.output('exec', 'busy', 'sh', '-c', text)).toBe(String(32 << 20));
  });

  test('stops by its signal, keeps what it wrote, starts again, and is told of in the events', async () => {
    await podman.output('stop', 'busy');
    expect(await inspect('busy', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 4');
    expect(await podman.output('logs', 'busy')).toBe('ready\nbye');
    await podman.output('start', 'busy');
    await expect.poll(() => podman.output('logs', 'busy')).toBe('ready\nbye\nready');
    await podman.output('kill', '--signal', 'KILL', 'busy');
    expect(await podman.output('wait', 'busy')).toBe('137');
    const events = await podman.output(
      'events',
      '--stream=false',
      '--filter',
      'container=busy',
      '--format',
      '{{.Status}}',
    );
    expect(events.split('\n')).toEqual(expect.arrayContaining(['start', 'died', 'pause', 'unpause', 'kill']));
  });
});

test('a running container is removed by force, and nothing of it is left', async () => {
  await start('short', 'sleep 1000');
  const id = await inspect('short', '{{.Id}}');
  await podman.output('rm', '--force', '--time', '0', 'short');
  expect(await podman.output('ps', '--all', '--quiet', '--no-trunc')).not.toContain(id);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(id);
});

test('the containers of a pod share their names and reach each other', async () => {
  const infra = ['--infra-image', busyboxName, '--infra-command', 'sleep 1000'];
  await podman.output('pod', 'create', '--name', 'two', '--share', 'ipc,net,uts,pid', '--hostname', 'shared', ...infra);
  await start('server', 'exec nc -l -p 4000 -e echo hello', '--pod', 'two');
  const text =
    'ip link set lo up 2>/dev/null; until nc 127.0.0.1 4000; do sleep 0.1; done; hostname; ps | grep -c "nc -l"';
  const { stdout } = await podman.run(['run', '--rm', '--pod', 'two', busyboxName, 'sh', '-c', text], {
    limitMs: 20_000,
  });
  expect(stdout.split('\n').slice(0, 2)).toEqual(['hello', 'shared']);
  await podman.output('pod', 'stop', '--time', '0', 'two');
  await podman.output('pod', 'rm', '--force', '--time', '0', 'two');
  expect(await podman.output('ps', '--all', '--quiet')).not.toContain('server');
});
