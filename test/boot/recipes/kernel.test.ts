// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aarch64Program } from '../../support/foreign-program.ts';
import type { RecipeProof } from '../../support/recipe-proof/proof.ts';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startTimeServer } from '../../support/time-server.ts';

const dayMs = 86_400_000;

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const program = join(folder.path, 'hello-aarch64');
writeFileSync(program, aarch64Program());

// What the machine's /dev/hwrng gives, which is nobody else's.
const noise = join(folder.path, 'noise');
const noiseBytes = Buffer.concat(
  Array.from({ length: 4096 }, (_, index) => createHash('sha256').update(`noise ${index}`).digest()),
);
writeFileSync(noise, noiseBytes);

/** Bytes that a program adds to the pool begin behind two numbers, at the ioctl's argument (struct rand_pool_info). */
const firstBytes = Array.from({ length: 8 }, (_, index) => `b${index}=+u${8 + index}(%dx):x8`).join(' ');

/** The kernel itself tells what a program adds to its pool, and whether it took it. */
const rngdProof: Pick<RecipeProof, 'recipe' | 'before' | 'done' | 'without'> = {
  recipe: 'rngd',
  before: `
    mkdir -p /tmp/tracing
    [ -e /tmp/tracing/trace ] || mount -t tracefs tracefs /tmp/tracing
    cd /tmp/tracing
    [ -e events/kprobes/add ] || echo 'p:add random_ioctl cmd=%si:x32 bits=+u0(%dx):s32 ${firstBytes}' >> kprobe_events
    [ -e events/kprobes/added ] || echo 'r:added random_ioctl result=$retval:s64' >> kprobe_events
    echo 1 > events/kprobes/enable
    echo > trace`,
  done: `
    bytes=$(sed -n 's/^ *rngd-.* cmd=0x40085203 bits=4096 \\(.*\\)/\\1/p' /tmp/tracing/trace | head -n 1)
    hex=$(printf %02x $(echo "$bytes" | sed 's/b.=//g'))
    [ $(echo "$hex" | wc -c) = 17 ]
    grep "$hex" /proofs/noise
    grep '^ *rngd-.* added: .* result=0$' /tmp/tracing/trace`,
  without: { CAP_SYS_ADMIN: { said: 'RNDADDENTROPY.*EPERM' } },
};

const server = await startTimeServer(dayMs);
afterAll(() => server[Symbol.dispose]());

// A key that ACPI knows, now and then.
const monitor = join(folder.path, 'monitor');
const keys = setInterval(() => {
  const socket = createConnection(monitor, () => socket.end('sendkey audiomute\n')).on('error', () => {
    // The machine is not there yet, or not any more.
  });
  socket.resume();
}, 500);
afterAll(() => clearInterval(keys));

describe('an image that works with the kernel', () => {
  const { console } = proveRecipes(
    [
      {
        recipe: 'acpid',
        section: 'services',
        done: `tsctl logs $JOB | grep 'acpi event: button/mute MUTE'`,
        without: {},
      },
      {
        recipe: 'binfmt',
        section: 'onboot',
        done: `[ "$(/proofs/hello-aarch64)" = 'aarch64 runs' ]`,
        without: { CAP_SYS_ADMIN: { said: 'binfmt: .* cannot be mounted' } },
      },
      {
        recipe: 'kmsg',
        section: 'services',
        done: `tsctl logs $JOB | grep '^\\[    0.000000\\] Linux version'`,
        without: { CAP_SYSLOG: { said: '/dev/kmsg: Operation not permitted' } },
      },
      {
        recipe: 'chrony',
        section: 'services',
        entry: { 'binds.add': ['/etc/proofs/chrony.conf:/etc/chrony/chrony.conf'] },
        before: `
          uptime=$(cut -d. -f1 /proc/uptime)
          echo $(($(date +%s) - uptime)) > /tmp/booted-at`,
        done: `
          uptime=$(cut -d. -f1 /proc/uptime)
          [ $(($(date +%s) - uptime - $(cat /tmp/booted-at))) -gt 86000 ]`,
        without: { CAP_SYS_TIME: { said: 'adjtimex.*Operation not permitted' } },
      },
      { ...rngdProof, name: 'rngd-once', section: 'onboot', entry: { command: ['/sbin/rngd', '-1'] } },
      { ...rngdProof, section: 'services' },
    ],
    {
      spec: { init: ['pkg:ca-certificates'] },
      onboot: [
        { name: 'network', image: 'pkg:dhcp' },
        {
          name: 'authorities',
          image: 'pkg:busybox',
          binds: ['/etc/ssl/certs:/etc/ssl/certs:ro', '/usr/share/ca-certificates:/usr/share/ca-certificates:ro'],
          command: ['sh', '-c', 'cd /etc/ssl/certs; grep -c BEGIN ca-certificates.crt; cat *.[0-9] | grep -c BEGIN'],
        },
      ],
      files: [
        { path: '/etc/proofs/noise', contents: noiseBytes.toString('hex') },
        { path: '/etc/proofs/hello-aarch64', source: program, mode: '0755' },
        {
          path: '/etc/proofs/chrony.conf',
          mode: '0644',
          contents: `server 10.0.2.2 port ${server.port} iburst\nmakestep 1 3\npidfile /run/chrony/chronyd.pid\ncmdport 0\nbindcmdaddress /\n`,
        },
      ],
    },
    {
      qemuArgs: [
        '-monitor',
        `unix:${monitor},server=on,wait=off`,
        '-object',
        `rng-random,id=noise,filename=${noise}`,
        '-global',
        'virtio-rng-pci.rng=noise',
      ],
    },
  );

  test('pkg:ca-certificates under init has all authorities in the system, as a bundle and by their hashes', () => {
    const [, bundle = '', hashed] = /^authorities: (\d+)\nauthorities: (\d+)$/m.exec(console()) ?? [];
    expect(Number(bundle), console()).toBeGreaterThan(100);
    expect(hashed).toBe(bundle);
  });
});
