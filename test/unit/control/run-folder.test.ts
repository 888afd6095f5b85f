// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { claimMachine, claimSocket, machineName, runningMachines } from '../../../src/control/run-folder.ts';
import { countClients } from '../../../src/control/unix-sockets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the folder of running machines', () => {
  test('gives a second machine of the name another one, and the name again when the first is gone', async () => {
    using folder = temporaryFolder();
    const env = { XDG_RUNTIME_DIR: folder.path };
    const first = await claimMachine(env, 'web', false);
    const second = await claimMachine(env, 'web', false);
    expect([first.name, second.name]).toEqual(['web', 'web-2']);
    expect((await runningMachines(env)).map(({ name }) => name)).toEqual(['web', 'web-2']);
    await first.release();
    expect((await claimMachine(env, 'web', true)).name).toBe('web');
    await expect(claimMachine(env, 'web-2', true)).rejects.toThrow('run: --name "web-2": a machine of this name runs');
    expect(readdirSync(join(folder.path, 'tskit')).sort()).toEqual(['web', 'web-2']);
  });

  test('hands out one name only once at a time', async () => {
    using folder = temporaryFolder();
    const env = { XDG_RUNTIME_DIR: folder.path };
    const machines = await Promise.all(Array.from({ length: 8 }, () => claimMachine(env, 'web', false)));
    expect(new Set(machines.map(({ name }) => name)).size).toBe(8);
  });

  test('takes over what a process left that is gone, or whose number another has', async () => {
    using folder = temporaryFolder();
    const env = { XDG_RUNTIME_DIR: folder.path };
    for (const owner of ['4194305 7', `${process.pid} 1`, '']) {
      const old = join(folder.path, 'tskit', 'web');
      mkdirSync(old, { recursive: true, mode: 0o700 });
      chmodSync(join(folder.path, 'tskit'), 0o700);
      writeFileSync(join(old, 'owner'), owner);
      writeFileSync(join(old, '0.sock'), '');
      expect(await runningMachines(env)).toEqual([]);
      const claimed = await claimMachine(env, 'web', true);
      expect(existsSync(join(old, '0.sock'))).toBe(false);
      await claimed.release();
    }
    expect(readdirSync(join(folder.path, 'tskit'))).toEqual([]);
  });

  test('is for the user alone, and nothing else is taken for it', async () => {
    using folder = temporaryFolder();
    const env = { XDG_RUNTIME_DIR: folder.path };
    const own = join(folder.path, 'tskit');
    await claimMachine(env, 'web', false);
    expect(statSync(own).mode & 0o777).toBe(0o700);
    chmodSync(own, 0o750);
    await expect(claimMachine(env, 'web', false)).rejects.toThrow('found one of mode 0750');
    const other = join(folder.path, 'other');
    mkdirSync(other);
    symlinkSync(own, join(other, 'tskit'));
    await expect(runningMachines({ XDG_RUNTIME_DIR: other })).rejects.toThrow('found something else');
  });

  test('hands out a socket to one client at a time', async () => {
    using folder = temporaryFolder();
    const { sockets } = await claimMachine({ XDG_RUNTIME_DIR: folder.path }, 'web', false);
    const [first = ''] = sockets;
    const claims = await Promise.all([1, 2, 3].map(() => claimSocket(first)));
    const [release, ...others] = claims.filter((claimed) => claimed !== undefined);
    expect(others).toEqual([]);
    release?.();
    expect(await claimSocket(first)).toBeDefined();
  });

  test('says when its name is too long for a socket', async () => {
    using folder = temporaryFolder();
    const deep = join(folder.path, 'x'.repeat(80));
    mkdirSync(deep);
    await expect(claimMachine({ XDG_RUNTIME_DIR: deep }, 'web', false)).rejects.toThrow('at most 107 bytes');
  });
});

test.each([
  ['./out/web', 'web'],
  ['web', 'web'],
  ['out/my os (2)', 'my-os--2-'],
  ['out/.hidden', 'hidden'],
  ['../..', 'machine'],
  [`out/${'x'.repeat(90)}`, 'x'.repeat(60)],
])('the machine of "%s" is called "%s"', (artifact, name) => {
  expect(machineName(artifact)).toBe(name);
});

test('clients of a socket are counted by the kernel: those that were accepted, and those that wait', () => {
  const table = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 22345 /run/t skit/0.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 22346 /run/t skit/0.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 02 22347 /run/t skit/0.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 22348 /run/t skit/0.sock2',
    '0000000000000000: 00000003 00000000 00000000 0001 03 22349',
    '',
  ].join('\n');
  expect(countClients(table, '/run/t skit/0.sock')).toEqual({ accepted: 1, waiting: 1 });
});
