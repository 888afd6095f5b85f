// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createConnection } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { execIn } from '../../support/machine-exec.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = (name: string): string => new URL(`../../../examples/${name}.yml`, import.meta.url).pathname;

test('containerd.yml serves a page from a container that containerd was asked for over its socket', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example('containerd'), folder.path);
  const port = await freePort();
  const name = `containerd-${port}`;
  await using machine = new Machine(['--name', name, '--publish', `${port}:80`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine, 300_000);
  expect(await page.text()).toContain('nginx is running');
  expect(await execIn(name, 'containerd', 'ctr', 'tasks', 'ls')).toMatch(/^web +\d+ +RUNNING$/m);
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});

test('podman.yml publishes a port of a container that Podman was asked for over its API', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example('podman'), folder.path);
  const port = await freePort();
  const name = `podman-${port}`;
  const disk = `${join(folder.path, 'disk')},size=1G`;
  await using machine = new Machine(['--name', name, '--disk', disk, '--publish', `${port}:8080`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine, 300_000);
  expect(await page.text()).toContain('nginx is running');
  expect(await execIn(name, 'podman', 'podman', 'ps', '--format', '{{.Names}} {{.Ports}}')).toBe(
    'web 0.0.0.0:8080->80/tcp',
  );
  // The modules of both are loaded when somebody opens them.
  const devices = ['--device=/dev/fuse', '--device=/dev/net/tun', '--entrypoint=/usr/sbin/nginx'];
  await execIn(name, 'podman', 'podman', 'run', '--rm', ...devices, 'localhost/nginx', '-v');
  expect(await execIn(name, 'podman', 'podman', 'info', '--format', '{{.Store.GraphDriverName}}')).toBe('overlay');
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});

test('redis.yml answers with what it was given', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example('redis'), folder.path);
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:6379`, base]);
  await machine.waitFor(/service redis: healthy/);
  const socket = createConnection(port, '127.0.0.1');
  socket.write('PING\r\nSET greeting hello\r\nGET greeting\r\nQUIT\r\n');
  expect(await text(socket)).toBe('+PONG\r\n+OK\r\n$5\r\nhello\r\n+OK\r\n');
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});
