// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Further processes in a running container: exec, as the probe finds it from inside, in two ways that count: what the process
// has in common with the container's own, and what it must not bring with it.

import { statSync } from 'node:fs';
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import { capabilityNames, type Process, type RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { OnTerminal } from '../support/terminal.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** A container whose own process waits, under a state folder of its own. */
interface Running extends AsyncDisposable {
  readonly bundle: TestBundle;
  /** Of its own process, on the host. */
  readonly pid: number;
  /** Words before "exec". */
  readonly runtime: readonly [string, ...string[]];
  exec(...words: readonly string[]): Promise<Outcome>;
  /** Runs the probe by process.json. */
  probe(process: Partial<Process>): Promise<ProbeReport>;
}

async function run(
  config: RuntimeConfig,
  {
    prepare,
    as = [],
    options = [],
    globals = [],
  }: {
    readonly prepare?: (bundle: TestBundle) => Promise<void>;
    /** A command that runs the runtime as someone else. */
    readonly as?: readonly string[];
    /** Of "run". */
    readonly options?: readonly string[];
    /** Of all commands. */
    readonly globals?: readonly string[];
  } = {},
): Promise<Running> {
  const bundle = await makeBundle(probe);
  await bundle.write(config);
  await prepare?.(bundle);
  const pidFile = join(bundle.folder, 'pid');
  const [first = tsrun, ...others] = [...as, tsrun, '--root', bundle.root, ...globals];
  const runtime = [first, ...others] as const;
  const words = ['run', ...options, '--detach', '--pid-file', pidFile, '--bundle', bundle.folder, bundle.id];
  await execa(runtime[0], [...runtime.slice(1), ...words], { stdio: 'ignore' });
  const exec = async (...rest: readonly string[]): Promise<Outcome> => {
    const { exitCode, stdout, stderr } = await execa(runtime[0], [...runtime.slice(1), 'exec', ...rest], {
      reject: false,
      stdin: 'ignore',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { exitCode, stdout, stderr: stderr.replaceAll(bundle.id, 'ID') };
  };
  return {
    bundle,
    pid: Number(await readFile(pidFile, 'utf8')),
    runtime,
    exec,
    probe: async (process) => {
      const file = join(bundle.folder, 'process.json');
      await writeFile(file, JSON.stringify({ cwd: '/', args: ['/probe'], ...process }));
      const { exitCode, stdout, stderr } = await exec('--process', file, bundle.id);
      if (exitCode !== 0) throw new Error(`the probe ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout) as ProbeReport;
    },
    [Symbol.asyncDispose]: async () => {
      await execa(runtime[0], [...runtime.slice(1), 'delete', '--force', bundle.id]);
      await bundle[Symbol.asyncDispose]();
    },
  };
}

function waiting({ process, linux }: { process?: Partial<Process>; linux?: Linux } = {}): RuntimeConfig {
  const base = baseConfig('--wait=15');
  return { ...base, process: { ...base.process, ...process }, linux: { ...base.linux, ...linux } };
}

const inUserNamespace: Linux = {
  namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }, { type: 'cgroup' }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

describe('a process that exec runs', () => {
  test.each([
    ['', {}],
    [' with a user namespace', inUserNamespace],
  ])("is in all namespaces of a container%s, under its root, and not the container's first", async (_what, linux) => {
    await using container = await run(waiting({ linux }));
    const report = await container.probe({});
    for (const name of ['mnt', 'pid', 'net', 'ipc', 'uts', 'user', 'cgroup'])
      expect([name, report.namespaces[name]]).toEqual([name, statSync(`/proc/${container.pid}/ns/${name}`).ino]);
    expect(report.pid).toBeGreaterThan(1);
    expect(report.session).toBe(report.pid);
    expect(report.paths['/']?.entries).toContain('probe');
    expect(report.descriptors).toEqual([0, 1, 2]);
    expect(report.uids).toEqual([0, 0, 0]);
    expect(report.blockedSignals).toEqual([]);
  });

  test("is under the root of a container in the runtime's own mount namespace", async () => {
    await using container = await run(waiting({ linux: { namespaces: [{ type: 'pid' }] } }));
    const report = await container.probe({});
    expect(report.paths['/']?.entries).toContain('probe');
    expect(report.paths['/']?.entries).not.toContain('usr');
    expect(report.cwd).toBe('/');
  });

  test('is under the root of a container that was made without pivot_root', async () => {
    await using container = await run(waiting(), { options: ['--no-pivot'] });
    const report = await container.probe({});
    expect(report.paths['/']?.entries).toContain('probe');
    expect(report.namespaces['mnt']).toBe(statSync(`/proc/${container.pid}/ns/mnt`).ino);
  });

  test('is in the namespaces of an ordinary user’s container, for that user', async () => {
    const id = 54_321;
    const mapping = [{ containerID: 0, hostID: id, size: 1 }];
    const config = waiting({
      linux: { namespaces: inUserNamespace.namespaces ?? [], uidMappings: mapping, gidMappings: mapping },
    });
    await using container = await run(
      { ...config, mounts: (config.mounts ?? []).filter(({ destination }) => destination !== '/sys') },
      {
        as: ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'],
        prepare: async ({ folder: owned }) => void (await execa('chown', ['-R', `${id}:${id}`, owned])),
      },
    );
    const report = await container.probe({ user: { uid: 0, gid: 0, additionalGids: [5] } });
    expect(report.namespaces['user']).toBe(statSync(`/proc/${container.pid}/ns/user`).ino);
    expect([report.uids[0], report.pid > 1, report.descriptors]).toEqual([0, true, [0, 1, 2]]);
  });

  test("has the container's session keyring, or the runtime's where the container has none of its own", async () => {
    await using container = await run(waiting());
    expect((await container.probe({})).keyring).toMatch(new RegExp(`;_ses.${container.bundle.id}$`));
    await using sharing = await run(waiting(), { options: ['--no-new-keyring'] });
    expect((await sharing.probe({})).keyring).not.toContain(sharing.bundle.id);
  });

  test("is in the container's cgroup", async () => {
    await using container = await run(waiting());
    const own = (await readFile(`/proc/${container.pid}/cgroup`, 'utf8')).trim().split('\n');
    expect((await container.probe({})).cgroup).toEqual(own);
  });

  test('has what its process.json says', async () => {
    await using container = await run(waiting());
    const report = await container.probe({
      cwd: '/tmp',
      env: ['A=1'],
      user: { uid: 1000, gid: 2000, additionalGids: [3000], umask: 0o27 },
      capabilities: {
        bounding: ['CAP_KILL'],
        permitted: ['CAP_KILL'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      },
      noNewPrivileges: true,
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 77, hard: 99 }],
      oomScoreAdj: 321,
      scheduler: { policy: 'SCHED_BATCH', nice: 3 },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
    });
    expect(report).toMatchObject({
      cwd: '/tmp',
      env: ['A=1', 'HOME=/'],
      uids: [1000, 1000, 1000],
      gids: [2000, 2000, 2000],
      groups: [3000],
      umask: 0o27,
      noNewPrivileges: 1,
      oomScoreAdj: ['321'],
      ioPriority: 3 << 13,
      schedule: { policy: 3, nice: 3 },
    });
    expect(report.limits['RLIMIT_NOFILE']).toEqual(['77', '99']);
    expect(report.capabilities.effective).toBe('0000000000000020');
  });

  test("is restricted as the container's own where its process.json says nothing", async () => {
    const config = waiting({
      process: {
        capabilities: { bounding: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'], effective: ['CAP_CHOWN'] },
        rlimits: [{ type: 'RLIMIT_CORE', soft: 1, hard: 2 }],
        user: { uid: 0, gid: 0, umask: 0o77 },
        scheduler: { policy: 'SCHED_IDLE' },
      },
      linux: { personality: { domain: 'LINUX32' }, memoryPolicy: { mode: 'MPOL_INTERLEAVE', nodes: '0' } },
    });
    await using container = await run(config);
    const report = await container.probe({});
    expect(report).toMatchObject({ umask: 0o77, personality: 8, memoryPolicy: { mode: 3 }, schedule: { policy: 5 } });
    expect(report.capabilities.bounding).toBe('0000000000000001');
    expect(report.limits['RLIMIT_CORE']).toEqual(['1', '2']);
  });

  test.each([true, false])("is under the container's seccomp filter, with no_new_privs %s", async (noNewPrivileges) => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['sched_getattr'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
    };
    await using container = await run(waiting({ linux: { seccomp } }));
    const report = await container.probe({ noNewPrivileges });
    expect(report.seccomp).toBe(2);
    expect(report.noNewPrivileges).toBe(noNewPrivileges ? 1 : 0);
    expect(Object.values(report.capabilities)).toEqual(Array(5).fill('0000000000000000'));
  });

  test("gets the container's own process with what the options change", async () => {
    await using container = await run(waiting({ process: { env: ['PATH=/', 'A=1'] } }));
    const words = [
      '--env',
      'A=2',
      '--cwd',
      '/tmp',
      '--user',
      '5:6',
      '-g',
      '7',
      '--cap',
      'CAP_KILL',
      container.bundle.id,
    ];
    const report = JSON.parse((await container.exec(...words, 'probe')).stdout) as ProbeReport;
    expect(report).toMatchObject({ argv: ['probe'], env: ['PATH=/', 'A=2', 'HOME=/'], cwd: '/tmp', groups: [7] });
    expect([report.uids[0], report.gids[0]]).toEqual([5, 6]);
    expect(report.capabilities.bounding).toBe('0000000000000020');
  });

  test('may use all CPUs, or those of execCPUAffinity.final', async () => {
    await using container = await run(waiting());
    const { cpus } = await container.probe({});
    const last = cpus.at(-1) ?? 0;
    expect((await container.probe({ execCPUAffinity: { final: String(last) } })).cpus).toEqual([last]);
  });

  test('stays on the CPUs of execCPUAffinity.initial, where no cgroup changes them', async () => {
    await using container = await run(waiting(), { globals: ['--cgroup-manager=disabled'] });
    const { cpus } = await container.probe({});
    const last = cpus.at(-1) ?? 0;
    expect((await container.probe({ execCPUAffinity: { initial: String(last) } })).cpus).toEqual([last]);
  });

  test('keeps the descriptors that are to be preserved and no others', async () => {
    await using container = await run(waiting());
    const script = 'exec 3</etc 4</etc/passwd 5</; exec "$@" exec --preserve-fds=2 "$0" /probe';
    const { stdout } = await execa('sh', ['-c', script, container.bundle.id, ...container.runtime]);
    expect((JSON.parse(stdout) as ProbeReport).descriptors).toEqual([0, 1, 2, 3, 4]);
  });

  test('ends exec with its exit code', async () => {
    await using container = await run(waiting());
    expect((await container.exec(container.bundle.id, '/probe', '--exit=9')).exitCode).toBe(9);
    expect((await container.exec(container.bundle.id, '/probe', '--signal=9')).exitCode).toBe(137);
  });

  test('that cannot run says why in the words of its own, and the container goes on', async () => {
    await using container = await run(waiting());
    const { id } = container.bundle;
    const complaint = async (...words: readonly string[]): Promise<string> => {
      const { exitCode, stderr } = await container.exec(...words);
      expect(exitCode).toBe(255);
      return stderr;
    };
    expect(await complaint(id, 'nope')).toContain('exec: "nope": executable file not found in $PATH (/bin)');
    expect(await complaint(id, '/nope')).toContain('exec: "/nope": no such file or directory');
    expect(await complaint('--cwd', '/missing', id, '/probe')).toContain(
      'enter the working directory "/missing" (process.cwd): chdir: ENOENT (no such file or directory)',
    );
    expect((await container.exec(id, '/probe')).exitCode).toBe(0);
  });
});

describe('with a terminal', () => {
  test("it is one of the container's devpts, of the caller's size", async () => {
    await using container = await run(waiting());
    await using terminal = new OnTerminal([...container.runtime, 'exec', '--tty', container.bundle.id, '/probe']);
    expect(await terminal.ended()).toBe(0);
    expect((JSON.parse(terminal.raw) as ProbeReport).terminal).toEqual({
      rows: 30,
      columns: 100,
      name: '/dev/pts/0',
      controls: 1,
      uid: 0,
    });
  });
});

describe('a hostile container gets nothing of the host by exec', () => {
  test.each(['/proc/self/fd/7', '/proc/self/fd/0', '/link'])('by the working directory %s', async (cwd) => {
    await using container = await run(waiting(), {
      prepare: ({ rootfs }) => symlink('/proc/self/fd/7', join(rootfs, 'link')),
    });
    const [file, ...words] = container.runtime;
    const script = 'exec 7< /; exec "$@" < /';
    const { exitCode, stderr } = await execa(
      'sh',
      ['-c', script, 'sh', file, ...words, 'exec', '--cwd', cwd, container.bundle.id, '/probe'],
      { reject: false },
    );
    expect(exitCode).toBe(255);
    expect(stderr).toContain(`enter the working directory "${cwd}" (process.cwd)`);
  });

  test('by a program that is a link to what the runtime has open, or a script that is run by it', async () => {
    await using container = await run(waiting(), {
      prepare: async ({ rootfs }) => {
        await symlink('/proc/self/exe', join(rootfs, 'self'));
        await writeFile(join(rootfs, 'script'), '#!/proc/self/exe\n');
        await chmod(join(rootfs, 'script'), 0o755);
      },
    });
    const before = statSync(tsrun);
    // Whatever runs is a sealed copy, and cannot be written.
    for (const program of ['/self', '/script']) await container.exec(container.bundle.id, program, '--version');
    expect(statSync(tsrun)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs, size: before.size });
  });

  // Root of a user namespace may do anything there with what does not keep it out (CVE-2016-9962).
  test('by looking into the process before it is its program', async () => {
    const all = { bounding: capabilityNames, permitted: capabilityNames, effective: capabilityNames };
    await using container = await run(waiting({ process: { capabilities: all }, linux: inUserNamespace }));
    const { id } = container.bundle;
    const spy = container.exec(id, '/probe', '--spy=3');
    for (let count = 0; count < 12; count += 1) await container.exec(id, '/probe');
    const { strangers } = JSON.parse((await spy).stdout) as ProbeReport;
    expect(strangers?.seen).toBeGreaterThan(0);
    expect(strangers?.open).toBe(0);
  });
});
