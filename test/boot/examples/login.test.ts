// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = (name: string): string => new URL(`../../../examples/${name}.yml`, import.meta.url).pathname;

test('the example sshd lets in who has the key, with the rights of root, and nobody else', async () => {
  using folder = temporaryFolder();
  const key = join(folder.path, 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${key}-other`]);
  const replace = { '~/.ssh/id_ed25519.pub': `${key}.pub` };
  const { base } = await buildForBoot(example('sshd'), folder.path, { replace });
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:22`, base]);
  const ssh = (identity: string, ...command: string[]) => {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'IdentitiesOnly=yes'];
    const words = options.flatMap((option) => ['-o', option]);
    const target = ['-F', 'none', '-p', String(port), 'root@127.0.0.1'];
    return execa('ssh', [...words, '-i', identity, ...target, ...command], { reject: false, timeout: 60_000 });
  };
  await machine.waitFor(/booted in .*\n/);
  // The host key may not be there yet.
  await expect.poll(async () => (await ssh(key, 'true')).exitCode, { timeout: 120_000, interval: 500 }).toBe(0);
  const { stdout } = await ssh(key, 'tsctl ps; grep CapEff /proc/self/status; ls /hostroot/etc/tskit');
  expect(stdout).toMatch(/^services\/sshd +running/m);
  expect(stdout).toMatch(/CapEff:\s+0*1f*/);
  expect(stdout).toContain('boot.json');
  const refused = await ssh(`${key}-other`, 'true');
  expect([refused.exitCode, refused.stderr]).toEqual([255, expect.stringContaining('Permission denied (publickey)')]);
  expect(await machine.powerOff()).toBe(0);
});

test('the example getty asks for the password of root', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example('getty'), folder.path);
  await using machine = new Machine([base]);
  // Other lines of the console may follow a prompt.
  await machine.waitFor(/login: /);
  machine.type('root\n');
  await machine.waitFor(/Password: /);
  machine.type('wrong\n');
  await machine.waitFor(/Login incorrect[^]*login: /);
  machine.type('root\n');
  await machine.waitFor(/Login incorrect[^]*Password: /);
  machine.type('abcdefgh\n');
  await machine.waitFor(/\(getty\) .*# /);
  machine.type('tsctl ps; tty\n');
  await machine.waitFor(/getty +running[^]*\/dev\/ttyS0\n/);
  expect(await machine.powerOff()).toBe(0);
});

test('a getty that is INSECURE has a shell without a login', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example('getty'), folder.path, { replace: { '# env:': 'env:' } });
  await using machine = new Machine([base]);
  await machine.waitFor(/\(getty\) .*# /);
  machine.type('id -u; tsctl ps\n');
  await machine.waitFor(/\n0\n[^]*getty +running/);
  // It is there again when somebody leaves it.
  machine.type('exit\n');
  await machine.waitFor(/exit\n[^]*\(getty\) .*# /);
  expect(machine.console).not.toContain('login:');
  expect(await machine.powerOff()).toBe(0);
});

test('the example logging keeps lines as JSON, rotated files and the log of the kernel', async () => {
  using folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: join(folder.path, 'run') };
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  const { base } = await buildForBoot(example('logging'), folder.path);
  await using machine = new Machine([base], [], env);
  await machine.waitFor(/booted in .*\n/);
  const ctl = async (...args: string[]) => (await runTskit(['ctl', ...args], { env, limitMs: 60_000 })).stdout;
  await expect
    .poll(async () => await ctl('logs', 'kmsg'), { timeout: 60_000 })
    .toMatch(/^\[ {4}0\.000000\] Linux version /m);
  expect(await ctl('logs', 'write-to-the-logs')).toMatch(/"service":"write-to-the-logs","text":"hello .* 20\d\d"/);
  expect(await ctl('inspect', 'write-and-rotate-logs')).toContain('"maxFiles": 5');
  expect(await machine.powerOff()).toBe(0);
});
