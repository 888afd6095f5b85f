// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the kernel is told of a container's process besides its user: each as the probe finds it from inside.

import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

interface Change {
  readonly process?: Partial<Process>;
  readonly linux?: Linux;
}

function changed({ process, linux }: Change): RuntimeConfig {
  const base = baseConfig();
  return { ...base, process: { ...base.process, ...process }, linux: { ...base.linux, ...linux } };
}

async function look(change: Change): Promise<ProbeReport> {
  await using bundle = await makeBundle(probe);
  return await bundle.probe(changed(change));
}

async function complaint(change: Change): Promise<string> {
  await using bundle = await makeBundle(probe);
  const { exitCode, stderr } = await bundle.run(changed(change));
  expect(exitCode).toBe(1);
  return stderr;
}

/** The v1 controller gives a new cgroup no time for real-time processes, and may have none to give: the test's own is kept. */
async function lookWithoutCgroup(change: Change): Promise<ProbeReport> {
  await using bundle = await makeBundle(probe);
  await bundle.write(changed(change));
  const { stdout } = await execa(tsrun, ['--cgroup-manager=disabled', ...bundle.words('run')]);
  return JSON.parse(stdout) as ProbeReport;
}

describe('the scheduler', () => {
  test.each([
    [
      { policy: 'SCHED_BATCH', nice: 9 },
      { policy: 3, nice: 9 },
    ],
    [
      { policy: 'SCHED_OTHER', nice: 5, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
      { policy: 0, nice: 5, flags: 1 },
    ],
    [{ policy: 'SCHED_IDLE' }, { policy: 5 }],
    [
      { policy: 'SCHED_FIFO', priority: 3 },
      { policy: 1, priority: 3 },
    ],
    [
      { policy: 'SCHED_RR', priority: 2 },
      { policy: 2, priority: 2 },
    ],
    [
      { policy: 'SCHED_DEADLINE', runtime: 42_000, deadline: 100_000, period: 1_000_000 },
      { policy: 6, runtime: 42_000, deadline: 100_000, period: 1_000_000 },
    ],
  ])('is %o', async (scheduler, schedule) => {
    expect((await lookWithoutCgroup({ process: { scheduler } })).schedule).toMatchObject(schedule);
  });

  test("takes the host's privileges in a user namespace too", async () => {
    const report = await lookWithoutCgroup({
      process: {
        scheduler: { policy: 'SCHED_RR', priority: 2 },
        ioPriority: { class: 'IOPRIO_CLASS_RT', priority: 1 },
      },
      linux: inUserNamespace,
    });
    expect(report.schedule).toMatchObject({ policy: 2, priority: 2 });
    expect(report.ioPriority).toBe((1 << 13) | 1);
  });
});

const inUserNamespace: Linux = {
  namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

test.each([
  ['IOPRIO_CLASS_RT', 1],
  ['IOPRIO_CLASS_BE', 2],
  ['IOPRIO_CLASS_IDLE', 3],
])('the I/O priority is %s', async (name, number) => {
  const { ioPriority } = await look({ process: { ioPriority: { class: name, priority: 4 } } });
  expect(ioPriority).toBe((number << 13) | 4);
});

test('the personality changes what uname says', async () => {
  const report = await look({ linux: { personality: { domain: 'LINUX32' } } });
  expect(report.personality).toBe(8);
  expect(report.machine).not.toBe((await look({ linux: { personality: { domain: 'LINUX' } } })).machine);
});

describe('the memory policy', () => {
  test.each([
    [
      { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] },
      { mode: 0x8002, nodes: [0] },
    ],
    [
      { mode: 'MPOL_INTERLEAVE', nodes: '0' },
      { mode: 3, nodes: [0] },
    ],
    [
      { mode: 'MPOL_PREFERRED', nodes: '0', flags: ['MPOL_F_RELATIVE_NODES'] },
      { mode: 0x4001, nodes: [0] },
    ],
    [{ mode: 'MPOL_LOCAL' }, { mode: 4, nodes: [] }],
    [{ mode: 'MPOL_DEFAULT' }, { mode: 0, nodes: [] }],
  ])('is %o', async (memoryPolicy, found) => {
    expect((await look({ linux: { memoryPolicy } })).memoryPolicy).toEqual(found);
  });

  test('of a node that is not there is an error', async () => {
    expect(await complaint({ linux: { memoryPolicy: { mode: 'MPOL_BIND', nodes: '900' } } })).toContain(
      'linux.memoryPolicy: set: set_mempolicy: EINVAL',
    );
  });
});

test('all CPUs may be used, whatever the runtime was started on', async () => {
  await using bundle = await makeBundle(probe);
  const { cpus } = await bundle.probe(baseConfig());
  const { stdout } = await execa('taskset', ['-c', String(cpus[0]), tsrun, ...bundle.words('run')]);
  expect((JSON.parse(stdout) as ProbeReport).cpus).toEqual(cpus);
});

test('a name that is given twice in the environment has its last value', async () => {
  expect((await look({ process: { env: ['A=1', 'HOME=/h', 'A=2'] } })).env).toEqual(['A=2', 'HOME=/h']);
});

test('a security label has no effect where the kernel has none in use, and a warning says so', async () => {
  await using bundle = await makeBundle(probe);
  const labels = { apparmorProfile: 'docker-default', selinuxLabel: 'a:b:c' };
  const config = baseConfig();
  const { exitCode, stderr } = await bundle.run({ ...config, process: { ...config.process, ...labels } });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('"docker-default" has no effect, because AppArmor is not enabled here');
  expect(stderr).toContain('"a:b:c" has no effect, because SELinux is not enabled here');
});

describe('a program that cannot be run is told in the words that podman, containerd and Docker look for', () => {
  test.each([
    [['nope'], 'exec: "nope": executable file not found in $PATH (/bin)'],
    [['/nope'], 'exec: "/nope": no such file or directory'],
    [['/etc'], 'exec: "/etc": is a directory'],
    [['/dev/null'], 'exec: "/dev/null": permission denied'],
    [['/proc/version'], 'exec: "/proc/version": permission denied'],
    [[''], 'exec: "": executable file not found in $PATH'],
  ])('%j', async (args, message) => {
    expect(await complaint({ process: { args } })).toContain(message);
  });
});
