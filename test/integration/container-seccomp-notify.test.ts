// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Calls that another process decides (SCMP_ACT_NOTIFY), with an agent of ours; numbers are those of x86_64.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import { buildAgent, startAgent } from '../support/seccomp-agent.ts';
import { buildCalls, makeSeccompBundle, type SeccompBundle } from '../support/seccomp-container.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const calls = join(folder.path, 'calls');
const agentFile = join(folder.path, 'agent');

beforeAll(() => {
  buildCalls(calls);
  buildAgent(agentFile);
});
afterAll(() => folder[Symbol.dispose]());

const mkdir = 83;
const decided = 'errno 123';

function notify(container: SeccompBundle, ...names: readonly string[]): LinuxSeccomp {
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    listenerPath: join(container.bundle.folder, 'agent.sock'),
    listenerMetadata: 'some metadata',
    syscalls: [{ names: ['mkdir', ...names], action: 'SCMP_ACT_NOTIFY' }],
  };
}

describe('an agent', () => {
  test.each([false, true])('decides calls of a container that runs (no_new_privs %s)', async (noNewPrivileges) => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = notify(container);
    await using agent = await startAgent(agentFile, seccomp.listenerPath ?? '', mkdir, 123);
    expect(await container.calls(seccomp, [`${mkdir}`, '39'], { noNewPrivileges })).toEqual([decided, 'ok']);
    const { id } = container.bundle;
    expect(await agent.state()).toEqual({
      ociVersion: '1.2.0',
      fds: ['seccompFd'],
      pid: expect.any(Number),
      metadata: 'some metadata',
      state: {
        ociVersion: '1.2.0',
        id,
        status: 'created',
        pid: expect.any(Number),
        bundle: container.bundle.folder,
        annotations: {},
      },
    });
  });

  test('decides what the runtime itself has left to call', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = notify(container, 'execve', 'read', 'close', 'fcntl', 'capset', 'recvmsg', 'sendmsg', 'openat');
    await using _ = await startAgent(agentFile, seccomp.listenerPath ?? '', mkdir, 123);
    expect(await container.calls(seccomp, [`${mkdir}`])).toEqual([decided]);
  });

  test('decides for a container that is created first, and for what exec runs in it', async () => {
    await using container = await makeSeccompBundle(calls);
    const { id } = container.bundle;
    const seccomp = notify(container, 'pause');
    await using agent = await startAgent(agentFile, seccomp.listenerPath ?? '', mkdir, 123);
    // pause(2), which goes on.
    await container.create(seccomp, ['34']);
    try {
      expect((await container.tsrun('start', id)).exitCode).toBe(0);
      const first = (await agent.state()) as { pid: number; state: object };
      expect(first.state).toMatchObject({ id, pid: first.pid });
      expect((await container.tsrun('exec', id, '/calls', `${mkdir}`)).stdout).toBe(decided);
      const second = (await agent.state()) as { pid: number; state: object };
      expect(second.state).toMatchObject({ id, status: 'running', pid: first.pid });
      expect(second.pid).not.toBe(first.pid);
    } finally {
      await container.tsrun('delete', '--force', id);
    }
  });

  test('decides for a runtime that may not take descriptors from its processes', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = notify(container, 'read', 'execve');
    await using agent = await startAgent(agentFile, seccomp.listenerPath ?? '', mkdir, 123);
    const outcome = await container.runWithout('sys_ptrace', seccomp, [`${mkdir}`]);
    expect(outcome).toEqual({ exitCode: 0, stdout: decided, stderr: '' });
    expect(await agent.state()).toMatchObject({ fds: ['seccompFd'] });
  });

  test('is named when it is not there, before a program runs', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = notify(container);
    const { exitCode, stdout, stderr } = await container.run(seccomp, ['39']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`failed to connect with seccomp agent "${seccomp.listenerPath}"`);
    expect(stderr).toContain('ENOENT');
  });

  test('that has gone is named by exec, whose program does not run', async () => {
    await using container = await makeSeccompBundle(calls);
    const { id } = container.bundle;
    const seccomp = notify(container);
    const agent = await startAgent(agentFile, seccomp.listenerPath ?? '', mkdir, 123);
    await container.create(seccomp, ['34']);
    try {
      expect((await container.tsrun('start', id)).exitCode).toBe(0);
      await agent[Symbol.asyncDispose]();
      const { exitCode, stdout, stderr } = await container.tsrun('exec', id, '/calls', '39');
      expect({ exitCode, stdout }).toEqual({ exitCode: 255, stdout: '' });
      expect(stderr).toContain('failed to connect with seccomp agent');
    } finally {
      await agent[Symbol.asyncDispose]();
      await container.tsrun('delete', '--force', id);
    }
  });
});

test('a listener path is not looked at when nothing is to be decided', async () => {
  await using container = await makeSeccompBundle(calls);
  const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/none', listenerMetadata: 'some' };
  expect(await container.calls(seccomp, ['39'])).toEqual(['ok']);
});

test.each([
  ['write', 'SCMP_ACT_NOTIFY cannot be used for the write syscall'],
  [undefined, 'SCMP_ACT_NOTIFY cannot be used as default action'],
])('what would leave nothing to tell of a failure is refused (%s)', async (name, expected) => {
  await using container = await makeSeccompBundle(calls);
  const seccomp = name === undefined ? { defaultAction: 'SCMP_ACT_NOTIFY' } : notify(container, name);
  const { exitCode, stderr } = await container.run(seccomp, []);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(expected);
});
