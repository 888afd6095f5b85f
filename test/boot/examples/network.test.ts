// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = (name: string): string => new URL(`../../../examples/${name}.yml`, import.meta.url).pathname;

test.each([
  { name: 'web', page: '<h1>A web server in ten lines</h1>' },
  { name: 'static-ip', page: 'nginx is running' },
])('the example $name serves its page', async ({ name, page }) => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(example(name), folder.path);
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, base]);
  const response = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(await response.text()).toContain(page);
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  expect(await machine.powerOff()).toBe(0);
});

test('the example wireguard pings and fetches a page through the tunnel, and the tunnel is all there is', async () => {
  using folder = temporaryFolder();
  // What a network has beside the tunnel, before the ping.
  const replace = { 'until ping': 'ls /sys/class/net; ip route; until ping' };
  const { base } = await buildForBoot(example('wireguard'), folder.path, { replace });
  await using machine = new Machine([base]);
  await machine.waitFor(/visitor: .*nginx is running/);
  expect(machine.console).toMatch(/visitor: 1 packets transmitted, 1 packets received, 0% packet loss/);
  expect(machine.console).toMatch(/visitor: 192\.168\.2\.0\/24 dev wg1 /);
  expect(machine.console).not.toMatch(/visitor: (eth0|default)|degraded|FAILED/);
  expect(await machine.powerOff()).toBe(0);
});
