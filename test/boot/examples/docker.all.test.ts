// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { execIn } from '../../support/machine-exec.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let base = '';
beforeAll(async () => {
  ({ base } = await buildForBoot(new URL('../../../examples/docker.yml', import.meta.url).pathname, folder.path));
});
afterAll(() => folder[Symbol.dispose]());

async function boot(): Promise<{ machine: Machine; name: string; port: number }> {
  const port = await freePort();
  const name = `docker-${port}`;
  const disk = `${join(folder.path, 'disk')},size=1G`;
  return { machine: new Machine(['--name', name, '--disk', disk, '--publish', `${port}:8080`, base]), name, port };
}

test('docker.yml builds an image on the machine and publishes a port of its container', async () => {
  const { machine, name, port } = await boot();
  await using _ = machine;
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine, 500_000);
  expect(await page.text()).toBe('Hello from Docker\n');
  const docker = (...args: readonly string[]): Promise<string> => execIn(name, 'docker', 'docker', ...args);
  expect(await docker('info', '--format', '{{.Driver}} {{.CgroupDriver}} {{.CgroupVersion}}')).toBe(
    'overlay2 cgroupfs 2',
  );
  const limited = ['run', '--rm', '--memory', '32m', 'site', '/bin/busybox', 'sh', '-c'];
  expect(await docker(...limited, 'cat /sys/fs/cgroup/memory.max; wget -q -O - http://172.17.0.1:8080/')).toBe(
    '33554432\nHello from Docker',
  );
  const opened = ['run', '--rm', '--device', '/dev/net/tun', 'site', '/bin/busybox', 'sh', '-c'];
  // EBADFD is what the driver says; without it nobody would answer.
  expect(await docker(...opened, 'dd if=/dev/net/tun count=1 2>&1 || true')).toContain('descriptor in bad state');
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});

test('docker.yml finds its image at the next boot, and starts a container of it', async () => {
  const { machine, port } = await boot();
  await using _ = machine;
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine, 500_000);
  expect(await page.text()).toBe('Hello from Docker\n');
  expect(machine.console).toContain('disk: docker is /dev/vda1');
  expect(machine.console).not.toMatch(/docker made|degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});
