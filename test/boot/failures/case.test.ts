// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { withOverlay } from '../../support/initrd-overlay.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('a boot that goes wrong', () => {
  const folder = temporaryFolder();
  let base = '';
  beforeAll(async () => {
    ({ base } = await buildForBoot(spec, folder.path, { replace: { ON_FAILURE: 'continue' } }));
  });
  afterAll(() => folder[Symbol.dispose]());

  test('a failing onboot entry is loud, marks the boot degraded and lets the rest start; orphans are reaped', async () => {
    await using machine = new Machine([base]);
    await machine.waitFor(/\*\*\* onboot broken: .*exit code 7/);
    await machine.waitFor(/onboot after: done/);
    await machine.waitFor(/degraded.*1 service running.*failed: broken, hog\n/);
    expect(machine.console).toMatch(/\*\*\* onboot hog: FAILED, killed by SIGKILL: out of memory \(limit 32 MiB\)/);
    expect(machine.console).toMatch(/onboot zombies: done/);
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).toMatch(/farewell[\s\S]*Power down/);
  });

  test('with on_failure: halt the boot stops with a screen that says what failed, and still powers off', async () => {
    const halting = temporaryFolder();
    using _ = halting;
    const built = await buildForBoot(spec, halting.path, { replace: { ON_FAILURE: 'halt' } });
    await using machine = new Machine([built.base]);
    await machine.waitFor(/boot stopped/i);
    await machine.waitFor(/something went wrong/);
    expect(machine.console).toMatch(/broken/);
    expect(machine.console).toMatch(/pkg:busybox/);
    expect(machine.console).not.toMatch(/onboot after|service sleeper/);
    expect(await machine.powerOff()).toBe(0);
  });

  test('too little memory ends in a message that names how much is needed, not in odd errors', async () => {
    await using machine = new Machine(['--mem', '160', base]);
    await machine.waitFor(/needs \d+ MiB/);
    expect(await machine.ended()).toBe(0);
    expect(machine.console).not.toMatch(/Kernel panic/);
  });

  test('a broken boot plan ends in a message and a power-off, not in a kernel panic', async () => {
    const broken = withOverlay(folder.path, base, { 'etc/tskit/boot.json': '{"version":' });
    await using machine = new Machine([broken]);
    await machine.waitFor(/boot\.json/);
    await machine.ended();
    expect(machine.console).not.toMatch(/Kernel panic/);
  });
});
