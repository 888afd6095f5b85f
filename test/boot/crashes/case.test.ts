// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { buildFaultyInit, type Fault, faults, faultWord } from '../../support/faulty-init.ts';
import { withOverlay } from '../../support/initrd-overlay.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;
const troubleSource = new URL('../../chaos/guest/trouble.c', import.meta.url).pathname;
const long = process.env['TSKIT_TEST_LONG'] === '1';
const sample: readonly Fault[] = ['timer', 'child', 'control', 'stop'];

describe('an exception that nobody expects, in a handler of PID 1', () => {
  const folder = temporaryFolder();
  let base = '';

  beforeAll(async () => {
    const trouble = join(folder.path, 'trouble');
    execFileSync('musl-gcc', ['-static', '-Os', '-s', '-D_GNU_SOURCE', '-o', trouble, troubleSource]);
    const built = await buildForBoot(spec, folder.path, { replace: { TROUBLE: trouble } });
    base = withOverlay(folder.path, built.base, { init: buildFaultyInit(folder.path) });
  });
  afterAll(() => folder[Symbol.dispose]());

  test.each(long ? faults : sample)(
    'of kind %s is told with its place, and restarts the machine without a panic',
    async (fault) => {
      const name = join(folder.path, fault);
      for (const part of ['-kernel', '-initrd.img', '-cmdline']) copyFileSync(`${base}${part}`, `${name}${part}`);
      writeFileSync(`${name}-cmdline`, `${readFileSync(`${base}-cmdline`, 'utf8').trim()} ${faultWord(fault)}\n`);
      await using machine = new Machine(['--mem', '400', name]);
      if (fault === 'stop') {
        await machine.waitFor(/booted in/);
        void machine.powerOff();
      }
      const crash = new RegExp(`init crashed: TypeError: fault in ${fault}\\n[\\s\\S]*\\ninit: \\w+`);
      await machine.waitFor(crash);
      expect(machine.console).toMatch(/ at fault \(.*fault\.ts:\d+/);
      // The kernel says so before the firmware starts it again, or QEMU ends.
      await machine.waitFor(/reboot: Restarting system/);
      expect(machine.console).not.toMatch(/Kernel panic/);
    },
  );
});
