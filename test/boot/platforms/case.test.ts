// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formats } from '../../../src/emit/formats.ts';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { cloudInQemu, hostnameIn } from '../../support/clouds/cloud-in-qemu.ts';
import { userData } from '../../support/clouds/cloud.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { execIn } from '../../support/machine-exec.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const examples = new URL('../../../examples/', import.meta.url).pathname;
const platforms = readdirSync(examples)
  .filter((name) => name.startsWith('platform-'))
  .map((name) => name.replace(/^platform-(.*)\.yml$/, '$1'));
/** The cloud whose machine is logged in to; those of the others are asked through PID 1. */
const visited = 'hetzner';

test('the examples of clouds are valid, and each names a format that there is', async () => {
  const files = platforms.map((name) => join(examples, `platform-${name}.yml`));
  const { exitCode, stderr } = await runTskit(['validate', ...files]);
  expect(exitCode, stderr).toBe(0);
  for (const file of files) {
    const format = /tskit build --format (\S+) /.exec(readFileSync(file, 'utf8'))?.[1];
    expect(Object.keys(formats), file).toContain(format);
  }
});

describe('in its cloud, a machine is told its name, its user data and whose key root has', () => {
  const folder = temporaryFolder();
  const key = join(folder.path, 'key');
  let publicKey = '';
  beforeAll(() => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'admin', '-f', key]);
    publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  });
  afterAll(() => folder[Symbol.dispose]());

  /** Builds the example, boots it in its cloud, has `visit` look around, and switches it off. */
  async function live(
    name: string,
    args: readonly string[],
    visit: (machine: Machine) => Promise<void>,
  ): Promise<void> {
    const { base } = await buildForBoot(join(examples, `platform-${name}.yml`), folder.path);
    await using cloud = await cloudInQemu(name, publicKey);
    await using machine = new Machine([...args, base], [], { PATH: cloud.path });
    await machine.waitFor(/booted in .*services running|boot stopped/i, 240_000);
    await visit(machine);
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  }

  /** Of a bond the mode's line and one for each port. */
  const asked =
    'uname -n; head -n 1 /root/.ssh/authorized_keys; cat /run/config/userdata; ' +
    "echo; grep -hE '^(Bonding Mode|Slave Interface): ' /proc/net/bonding/bond0 2>/dev/null || :";
  const bonds: Readonly<Record<string, readonly string[]>> = {
    equinixmetal: [
      'Bonding Mode: IEEE 802.3ad Dynamic link aggregation',
      'Slave Interface: eth0',
      'Slave Interface: eth1',
    ],
  };
  const told = (name: string): string => [hostnameIn(name), publicKey, userData, ...(bonds[name] ?? [])].join('\n');

  test.concurrent.each(platforms.filter((name) => name !== visited))('%s', async (name) => {
    const runName = `platforms-${process.pid}-${name}`;
    await live(name, ['--name', runName], async () => {
      expect(await execIn(runName, 'sshd', 'sh', '-c', asked)).toBe(told(name));
    });
  });

  test.concurrent(`${visited}, to which the administrator logs in, and which serves its page`, async () => {
    const [web, ssh] = [await freePort(), await freePort()];
    await live(visited, ['--publish', `${web}:80`, '--publish', `${ssh}:22`], async (machine) => {
      expect(await (await fetchUntil(`http://127.0.0.1:${web}/`, machine)).text()).toContain('nginx');
      expect(await login(key, ssh, asked)).toBe(told(visited));
    });
  });
});

/** What a command prints on the machine, once its server answers: a forwarded port takes connections before there is one behind it. */
async function login(key: string, port: number, command: string): Promise<string> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'];
  const words = [...options.flatMap((option) => ['-o', option]), '-i', key, '-p', String(port)];
  for (let tries = 0; ; tries += 1) {
    const { exitCode, stdout, stderr } = await execa('ssh', [...words, 'root@127.0.0.1', command], { reject: false });
    if (exitCode === 0) return stdout;
    if (tries === 60 || stderr.includes('Permission denied')) throw new Error(stderr);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
