// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { DiskMachine } from '../../support/disk-machine.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = new URL('../../../examples/hello.yml', import.meta.url).pathname;

describe('images for UEFI', () => {
  const folder = temporaryFolder();
  beforeAll(async () => {
    await buildForBoot(example, folder.path, { args: ['--format', 'raw-efi,uki'] });
  });
  afterAll(() => folder[Symbol.dispose]());

  test('a raw disk is sound, boots to a service that answers, and powers off', async () => {
    const file = join(folder.path, 'hello-efi.img');
    expect(execFileSync('sgdisk', ['--verify', file], { encoding: 'utf8' })).toContain('No problems found');
    const port = await freePort();
    await using machine = new DiskMachine({ file, firmware: 'uefi', publish: { 80: port } });
    const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
    expect(await page.text()).toContain('Hello from tskit');
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).toContain('tskit: poweroff');
    expect(machine.console).not.toMatch(/degraded|Kernel panic/);
  });
});
