// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { askGuestAgent, guestAgentPort } from '../../support/guest-agent.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./machine.yml', import.meta.url).pathname;

describe('an image for the machine that a system runs on', () => {
  const folder = temporaryFolder();
  const socket = join(folder.path, 'agent');
  let machine: Machine;
  let port: number;

  beforeAll(async () => {
    const { base } = await buildForBoot(spec, folder.path);
    port = await freePort();
    machine = new Machine(['--tpm', '--publish', `${port}:9100`, base], guestAgentPort(socket));
    await machine.waitFor(/booted in .*2 services running/, 240_000);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('node-exporter answers with the metrics of the system and not of its container, without any capability', async () => {
    const metrics = await (await fetchUntil(`http://127.0.0.1:${port}/metrics`, machine)).text();
    expect(metrics).toMatch(/^node_memory_MemTotal_bytes [1-9]/m);
    expect(metrics).toMatch(/^node_network_up\{device="eth0"\} 1$/m);
    expect(metrics).toMatch(/^node_uname_info\{.*sysname="Linux"/m);
    expect(metrics).toMatch(/^node_filesystem_size_bytes\{.*mountpoint="\/var"\} [1-9]/m);
    expect(metrics).not.toMatch(/mountpoint="\/host/);
  });

  test('tpm2-tools uses the TPM of the machine', () => {
    expect(machine.console).toMatch(/^random: [0-9a-f]{16}$/m);
    // TPM 2.0 Library, Part 1, 17.2 "Extend of a PCR".
    const extended = createHash('sha256')
      .update(Buffer.alloc(32))
      .update(Buffer.alloc(32, 0x11))
      .digest('hex')
      .toUpperCase();
    expect(machine.console).toMatch(new RegExp(`^pcr: +16: 0x${extended}$`, 'm'));
  });

  test('firmware is in the folder where the kernel looks for it', () => {
    expect(machine.console).toMatch(/^firmware: [0-9a-f]{32} +carl9170-1\.fw$/m);
    expect(machine.console).toMatch(/^firmware: [0-9a-f]{32} +ath9k_htc\/htc_9271-1\.4\.0\.fw$/m);
  });

  test("open-vm-tools finds its libraries, and that this is no machine of VMware's", () => {
    expect(machine.console).toMatch(/^vmware: .* must be run inside a virtual machine on a VMware hypervisor/m);
  });

  test('qemu-guest-agent answers the hypervisor and shuts the system down', async () => {
    expect(await askGuestAgent(socket, 'guest-ping')).toEqual({});
    expect(await askGuestAgent(socket, 'guest-network-get-interfaces')).toContainEqual(
      expect.objectContaining({
        name: 'eth0',
        'ip-addresses': expect.arrayContaining([expect.objectContaining({ 'ip-address': '10.0.2.15' })]),
      }),
    );
    await askGuestAgent(socket, 'guest-shutdown', { hasAnswer: false });
    expect(await machine.ended()).toBe(0);
    expect(machine.console).toMatch(/tskit: poweroff asked for by .*\n/);
  });
});
