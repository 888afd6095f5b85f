// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;
/** Bytes that a shell, a YAML reader or an option parser would not leave alone. */
const config = 'greeting: "héllo, wörld" $HOME \\ \'x\'';

describe('what run gives to the guest beside the system', () => {
  const folder = temporaryFolder();
  const made = join(folder.path, 'made.raw');
  const given = join(folder.path, 'given.raw');
  let machine: Machine;
  beforeAll(async () => {
    const { base } = await buildForBoot(spec, folder.path);
    writeFileSync(given, Buffer.concat([Buffer.from('given!'), Buffer.alloc((1 << 20) - 6)]));
    machine = new Machine(['--data', config, '--disk', `${made},size=3M`, '--disk', given, base]);
    await machine.waitFor(/booted in .*service running/, 60_000);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('--data is the file /config of a CD, whose file system the kernel loads when it is mounted', () => {
    expect(machine.console).toContain(`config: ${config}`);
    expect(machine.console).not.toMatch(/degraded/);
  });

  test('a file system of a device is mounted for a container that may not open the device', () => {
    expect(machine.console).toContain(`mounted: ${config}`);
    expect(machine.console).toContain('head: /tmp/cd: Operation not permitted');
  });

  test('disks are there in the order given, one made with its size and one as it was', () => {
    expect(machine.console).toContain(`disks: vda has ${(3 << 20) / 512} sectors,`);
    expect(machine.console).toContain(`disks: vdb has ${(1 << 20) / 512} sectors, given!`);
  });

  test('what the guest writes is on the disk after it has ended', async () => {
    expect(await machine.powerOff()).toBe(0);
    expect(statSync(made).size).toBe(3 << 20);
    expect(readFileSync(made).subarray(0, 14).toString()).toBe('guest was here');
    expect(readFileSync(given).subarray(0, 6).toString()).toBe('given!');
  });
});
