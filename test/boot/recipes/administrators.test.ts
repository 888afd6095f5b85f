// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startOutside } from '../../support/recipe-proof/outside.ts';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const key = join(folder.path, 'key');
await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
const port = await freePort();

const outside = await startOutside({
  /** What a login on a terminal says, of its rights and the terminal. */
  ssh: async () => {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'IdentitiesOnly=yes'];
    const words = options.flatMap((option) => ['-o', option]);
    const target = ['-F', 'none', '-i', key, '-p', String(port), 'root@127.0.0.1'];
    const command = 'grep CapEff /proc/self/status; tty';
    const { stdout, stderr, exitCode } = await execa('ssh', ['-tt', ...words, ...target, command], {
      timeout: 30_000,
      reject: false,
    });
    return `${stdout.replaceAll('\r', '')}\n${stderr}\nexit ${exitCode}\n`;
  },
});
afterAll(() => {
  outside[Symbol.dispose]();
  folder[Symbol.dispose]();
});

describe("an image for the machine's administrator, with fewer rights than all", () => {
  proveRecipes(
    [
      {
        recipe: 'sshd',
        section: 'services',
        fewest: ['CAP_AUDIT_WRITE', 'CAP_NET_BIND_SERVICE', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SYS_CHROOT'],
        entry: { 'binds.add': ['/etc/proofs/authorized:/root/.ssh/authorized_keys:ro'] },
        seconds: 40,
        before: 'rm -f /tmp/login',
        done: `
          wget -q -O /tmp/login ${outside.url('ssh')}
          cat /tmp/login
          grep '^CapEff:.*200404c0$' /tmp/login
          grep '^/dev/pts/[0-9]' /tmp/login
          grep '^exit 0$' /tmp/login`,
        without: {
          // Only a login on a terminal takes it.
          CAP_AUDIT_WRITE: { seen: `grep 'linux_audit_write_entry failed: Operation not permitted' /tmp/login` },
          CAP_NET_BIND_SERVICE: { said: 'Bind to port 22 .*: Permission denied' },
          CAP_SETGID: { said: 'setgroups: Operation not permitted' },
          CAP_SETUID: { said: 'setresuid 104: Operation not permitted' },
          CAP_SYS_CHROOT: { said: 'chroot.*: Operation not permitted' },
        },
      },
    ],
    {
      onboot: [{ name: 'network', image: 'pkg:dhcp' }],
      files: [{ path: '/etc/proofs/authorized', source: `${key}.pub`, mode: '0600' }],
    },
    { args: ['--publish', `${port}:22`] },
  );
});
