// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { formats } from '../../../src/emit/formats.ts';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { userData } from '../../support/clouds/cloud.ts';
import { withAnswer } from '../../support/clouds/inquire.ts';
import { clouds, serveCloud } from '../../support/clouds/serve.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const examples = new URL('../../../examples/', import.meta.url).pathname;
const platforms = readdirSync(examples).filter((name) => name.startsWith('platform-'));
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

test('the examples of clouds are valid, and each names a format that there is', async () => {
  const files = platforms.map((name) => join(examples, name));
  const { exitCode, stderr } = await runTskit(['validate', ...files]);
  expect(exitCode, stderr).toBe(0);
  for (const file of files) {
    const format = /tskit build --format (\S+) /.exec(readFileSync(file, 'utf8'))?.[1];
    expect(Object.keys(formats), file).toContain(format);
  }
});

test.each(platforms)('%s builds', async (name) => {
  const { base } = await buildForBoot(join(examples, name), folder.path);
  expect(readFileSync(`${base}-cmdline`, 'utf8')).toContain('console=ttyS0');
});

/**
 * A QEMU whose one network has the addresses of metadata servers, which lead to a port of the host: each connection is a process.
 */
function qemuInCloud(port: number): string {
  const path = join(folder.path, 'bin');
  mkdirSync(path, { recursive: true });
  const relay = join(folder.path, 'relay');
  writeFileSync(relay, `#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/${port}\ncat <&3 & cat >&3\n`, { mode: 0o755 });
  const real = execFileSync('sh', ['-c', 'command -v qemu-system-x86_64'], { encoding: 'utf8' }).trim();
  const network = `net=168.0.0.0/7,guestfwd=tcp:169.254.169.254:80-cmd:${relay}`;
  writeFileSync(
    join(path, 'qemu-system-x86_64'),
    `#!/bin/bash\nargs=()\nfor word in "$@"; do args+=("\${word/#user,id=net0/user,id=net0,${network}}"); done\n` +
      `exec ${real} "\${args[@]}" -smbios type=1,manufacturer=Hetzner\n`,
    { mode: 0o755 },
  );
  return path;
}

/** What a command prints on the machine, once its server answers. */
async function login(key: string, port: number, command: string): Promise<string> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'];
  const words = [
    ...options.flatMap((option) => ['-o', option]),
    '-i',
    key,
    '-p',
    String(port),
    'root@127.0.0.1',
    command,
  ];
  for (let tries = 0; ; tries += 1) {
    const { exitCode, stdout, stderr } = await execa('ssh', words, { reject: false });
    if (exitCode === 0) return stdout;
    if (tries === 60 || stderr.includes('Permission denied')) throw new Error(stderr);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

test("in its cloud, a machine takes the administrator's key from the metadata service, its name too, and serves its page", async () => {
  const key = join(folder.path, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const cloud = withAnswer(clouds['hetzner'] ?? (() => ({ status: 404 })), ({ path }) =>
    path.endsWith('/public-keys')
      ? { status: 200, body: JSON.stringify([readFileSync(`${key}.pub`, 'utf8').trim()]) }
      : undefined,
  );
  await using server = await serveCloud(cloud);
  const [web, ssh] = [await freePort(), await freePort()];
  const path = [qemuInCloud(server.port), process.env['PATH']].join(delimiter);
  await using machine = new Machine(
    ['--publish', `${web}:80`, '--publish', `${ssh}:22`, join(folder.path, 'platform-hetzner')],
    [],
    { PATH: path },
  );
  const page = await fetchUntil(`http://127.0.0.1:${web}/`, machine, 240_000);
  expect(await page.text()).toContain('nginx');
  // The forwarded port takes connections before there is a server behind it.
  await machine.waitFor(/service sshd: started/);
  const stdout = await login(key, ssh, 'uname -n; cat /run/config/userdata');
  expect(stdout).toBe(`box\n${userData}`);
  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
});
