// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp filters as a program in a container meets them, on the kernel; numbers are those of x86_64.

import { chmod, chown, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import { capabilityNames } from '../../init/contract/runtime-config.ts';
import { compileSeccomp } from '../../seccomp/compile.ts';
import { defaultProfile } from '../../seccomp/default-profile.ts';
import { decodeFilterFile, encodeFilterFile } from '../../seccomp/filter-file.ts';
import { runFilter } from '../support/bpf-machine.ts';
import { buildCalls, makeSeccompBundle } from '../support/seccomp-container.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const calls = join(folder.path, 'calls');

beforeAll(() => buildCalls(calls));
afterAll(() => folder[Symbol.dispose]());

const allow = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
const [mkdir, getppid, socket, personality, getpgid] = [83, 110, 41, 135, 121];
/** SIGSYS. */
const killed = 'signal 31';

/** What a filter with one rule makes of mkdir(NULL), which the kernel itself answers with EFAULT. */
async function mkdirWith(action: string, more: object = {}): Promise<string | undefined> {
  await using container = await makeSeccompBundle(calls);
  const syscalls = [{ names: ['mkdir'], action, ...more }];
  return (await container.calls({ ...allow, syscalls }, [`${mkdir}`]))[0];
}

describe('actions', () => {
  test.each([
    ['SCMP_ACT_ALLOW', {}, 'errno 14'],
    ['SCMP_ACT_LOG', {}, 'errno 14'],
    ['SCMP_ACT_ERRNO', {}, 'errno 1'],
    ['SCMP_ACT_ERRNO', { errnoRet: 100 }, 'errno 100'],
    ['SCMP_ACT_ERRNO', { errnoRet: 0 }, 'ok'],
    ['SCMP_ACT_KILL', {}, killed],
    ['SCMP_ACT_KILL_THREAD', {}, killed],
    ['SCMP_ACT_KILL_PROCESS', {}, killed],
    ['SCMP_ACT_TRAP', {}, killed],
    // Without a tracer.
    ['SCMP_ACT_TRACE', {}, 'errno 38'],
  ])('%s with %o', async (action, more, expected) => {
    expect(await mkdirWith(action, more)).toBe(expected);
  });

  test('calls that a profile cannot know get ENOSYS, others its default', async () => {
    await using container = await makeSeccompBundle(calls);
    const { syscalls = [] } = defaultProfile([], 'x86_64');
    const profile = { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 6, syscalls };
    expect(await container.calls(profile, ['165', '900'])).toEqual(['errno 6', 'errno 38']);
  });
});

describe('arguments', () => {
  test('each comparison means on the kernel what it means to the tests of the compiler', async () => {
    await using container = await makeSeccompBundle(calls);
    const values = [0n, 4n, 5n, 6n, 0x1_0000_0005n, 0xffff_ffff_ffff_ffffn];
    const rules = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'MASKED_EQ'].map((name, at) => ({
      names: ['getppid'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 50 + at,
      args: [
        { index: 1, op: 'SCMP_CMP_EQ', value: at },
        { index: 0, op: `SCMP_CMP_${name}`, value: 5, valueTwo: 5 },
      ],
    }));
    const seccomp = { ...allow, syscalls: rules };
    const asked = rules.flatMap((_, at) => values.map((value) => [value, BigInt(at)] as const));
    const { program } = compileSeccomp(seccomp, 'x86_64');
    const expected = asked.map((args) => {
      const { action } = runFilter(program, { number: getppid, architecture: 0xc000003e, args });
      return action === 0x7fff0000 ? 'ok' : `errno ${action & 0xffff}`;
    });
    expect(new Set(expected).size).toBe(8);
    expect(
      await container.calls(
        seccomp,
        asked.map((args) => `${getppid},${args.join(',')}`),
      ),
    ).toEqual(expected);
  });
});

describe('ways around a filter', () => {
  const denied = { names: ['mkdir', 'getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 77 };

  test('numbers of x32 are killed where the profile does not name it', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = { ...allow, syscalls: [denied] };
    expect(await container.calls(seccomp, [`${0x40000000 + mkdir}`, `${mkdir}`])).toEqual([killed, 'errno 77']);
  });

  test('numbers of x32 are decided where it does', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = { ...allow, architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'], syscalls: [denied] };
    expect(await container.calls(seccomp, [`${0x40000000 + mkdir}`])).toEqual(['errno 77']);
  });

  test('calls as a program of 32 bits are killed where the profile does not name x86', async () => {
    await using container = await makeSeccompBundle(calls);
    expect(await container.calls({ ...allow, syscalls: [denied] }, ['i386:39', 'i386:64'])).toEqual([killed, killed]);
  });

  test('calls as a program of 32 bits are decided by their own numbers where it does', async () => {
    await using container = await makeSeccompBundle(calls);
    const seccomp = { ...allow, architectures: ['SCMP_ARCH_X86'], syscalls: [denied] };
    // 39 is getpid on x86_64, 83 is symlink on i386.
    expect(await container.calls(seccomp, ['i386:39', 'i386:83', '39'])).toEqual(['errno 77', 'errno 14', 'ok']);
  });

  test('upper bits of an argument that the kernel does not read bring no family past the default profile', async () => {
    await using container = await makeSeccompBundle(calls);
    const vsock = 40n;
    const seen = await container.calls(defaultProfile(capabilityNames, 'x86_64'), [
      `${socket},${vsock},1,0`,
      `${socket},${vsock + 0x1_0000_0000n},1,0`,
      `${socket},1,1,0`,
      `${personality},0xffffffff`,
      `${personality},0x0400000`,
    ]);
    expect(seen).toEqual(['errno 1', 'errno 1', 'ok', 'ok', 'errno 1']);
  });
});

describe('what the runtime does under a filter', () => {
  /** All that the program needs which makes no calls. */
  const bare = ['execve', 'arch_prctl', 'set_tid_address', 'exit_group'];

  test.each([true, false])('is execve, and capset without no_new_privs (%s)', async (noNewPrivileges) => {
    await using container = await makeSeccompBundle(calls);
    const names = noNewPrivileges ? bare : [...bare, 'capset'];
    const seccomp = { defaultAction: 'SCMP_ACT_KILL_PROCESS', syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }] };
    const user = { uid: 1000, gid: 1000 };
    const { exitCode, stderr } = await container.run(seccomp, [], { noNewPrivileges, user });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('a filter that forbids even to end leaves no process that tries for ever', async () => {
    await using container = await makeSeccompBundle(calls);
    const { exitCode } = await container.run({ defaultAction: 'SCMP_ACT_ERRNO' }, []);
    expect(exitCode).toBeGreaterThan(128);
  });

  test('exec puts its process under the same filter', async () => {
    await using container = await makeSeccompBundle(calls);
    const { id } = container.bundle;
    const syscalls = [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 100 }];
    await container.create({ ...allow, syscalls }, []);
    try {
      const { stdout } = await container.tsrun('exec', id, '/calls', `${mkdir}`);
      expect(stdout).toBe('errno 100');
    } finally {
      await container.tsrun('delete', '--force', id);
    }
  });
});

describe('a profile that is wrong', () => {
  test.each<readonly [string, LinuxSeccomp]>([
    ['defaultAction: expected one of SCMP_ACT_*, found "ALLOW"', { defaultAction: 'ALLOW' }],
    ['defaultErrnoRet: expected none with SCMP_ACT_ALLOW, found 1', { ...allow, defaultErrnoRet: 1 }],
    [
      'syscalls[0].errnoRet: expected 0 to 4095 with SCMP_ACT_ERRNO, found 4096',
      { ...allow, syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 4096 }] },
    ],
    ['flags[0]: expected one of SECCOMP_FILTER_FLAG_*, found "LOG"', { ...allow, flags: ['LOG'] }],
    [
      'listenerPath: expected the path of a socket along with SCMP_ACT_NOTIFY, found none',
      { ...allow, syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }] },
    ],
  ])('is refused before there is a process: %s', async (expected, seccomp) => {
    await using container = await makeSeccompBundle(calls);
    const { exitCode, stderr } = await container.run(seccomp, []);
    expect(stderr).toBe(`tsrun: container ID: linux.seccomp.${expected}`);
    expect(exitCode).toBe(1);
  });
});

describe('kept filters', () => {
  const profile = { ...allow, syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 100 }] };
  const weaker = compileSeccomp(allow, 'x86_64');

  /** The file of the one filter that is kept. */
  async function keptFile(cache: string): Promise<string> {
    const names = await readdir(cache);
    expect(names).toHaveLength(1);
    return join(cache, names[0] ?? '');
  }

  async function weakened(file: string): Promise<Uint8Array> {
    const kept = decodeFilterFile(await readFile(file));
    if (kept === undefined) throw new Error(`${file} is no filter`);
    return encodeFilterFile({ ...kept, filter: weaker });
  }

  test('are used again, and are for the runtime alone to read', async () => {
    await using container = await makeSeccompBundle(calls);
    expect(await container.calls(profile, [`${mkdir}`])).toEqual(['errno 100']);
    const file = await keptFile(container.cache);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(container.cache)).mode & 0o777).toBe(0o700);
    // As only the runtime itself could write it.
    await writeFile(file, await weakened(file));
    expect(await container.calls(profile, [`${mkdir}`])).toEqual(['errno 14']);
  });

  test.each<readonly [string, (file: string) => Promise<void>]>([
    ['of another user', async (file) => (await writeFile(file, await weakened(file)), chown(file, 1000, 1000))],
    ['that others may write', async (file) => (await writeFile(file, await weakened(file)), chmod(file, 0o622))],
    [
      'behind a link',
      async (file) => {
        await writeFile(`${file}.other`, await weakened(file), { mode: 0o600 });
        await rm(file);
        await symlink(`${file}.other`, file);
      },
    ],
    ['that was cut', async (file) => writeFile(file, (await weakened(file)).subarray(0, -8))],
    [
      'that a crash left empty inside',
      async (file) => {
        const bytes = await weakened(file);
        await writeFile(file, bytes.fill(0, bytes.length - 8));
      },
    ],
    ['that is empty', (file) => writeFile(file, '')],
  ])('are not used when there is a file %s', async (_, spoil) => {
    await using container = await makeSeccompBundle(calls);
    await container.calls(profile, []);
    await spoil(await keptFile(container.cache));
    expect(await container.calls(profile, [`${mkdir}`])).toEqual(['errno 100']);
  });

  test('of another profile are not used under the name of this one', async () => {
    await using container = await makeSeccompBundle(calls);
    await container.calls(profile, []);
    const file = await keptFile(container.cache);
    await rm(file);
    await container.calls(allow, []);
    await rename(await keptFile(container.cache), file);
    expect(await container.calls(profile, [`${mkdir}`])).toEqual(['errno 100']);
    // It has taken the other's place.
    expect(decodeFilterFile(await readFile(file))?.filter.program.length).toBeGreaterThan(weaker.program.length);
  });

  test('do not pile up', async () => {
    await using container = await makeSeccompBundle(calls);
    await container.calls(profile, []);
    for (let count = 0; count < 100; count += 1) await writeFile(join(container.cache, `old-${count}`), '');
    await container.calls({ ...profile, defaultAction: 'SCMP_ACT_LOG' }, []);
    expect(await readdir(container.cache)).toHaveLength(1);
  });

  test('are done without where they cannot be kept', async () => {
    await using container = await makeSeccompBundle(calls);
    await container.tsrun('list');
    await container.calls(profile, []);
    await rm(container.cache, { recursive: true });
    await writeFile(container.cache, '');
    const { exitCode, stdout, stderr } = await container.run(profile, [`${mkdir}`]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'errno 100' });
    expect(stderr).toContain('the seccomp filter is not kept');
  });
});

test('a filter without no_new_privs leaves the process no capability that it was not given', async () => {
  await using container = await makeSeccompBundle(calls);
  const syscalls = [{ names: ['getpgid'], action: 'SCMP_ACT_ERRNO', errnoRet: 100 }];
  // sethostname(2) takes CAP_SYS_ADMIN, with which the filter was loaded.
  expect(await container.calls({ ...allow, syscalls }, [`${getpgid}`, '170'])).toEqual(['errno 100', 'errno 1']);
});
