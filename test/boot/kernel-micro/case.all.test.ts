// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { buildExample } from '../../support/example-build.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Of kernel, init and one static service together. */
const goal = 8_500_000;

test('the smallest example on pkg:kernel-micro is no larger than its goal, and boots', {
  timeout: 7_200_000,
}, async () => {
  const args = ['pkg', 'build', '--cache', sharedCache, 'kernel-micro'];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 7_000_000 });
  expect(exitCode, stderr).toBe(0);
  using folder = temporaryFolder();
  const base = await buildExample('minimal', folder.path, {
    kernel: { image: 'pkg:kernel-micro', cmdline: 'console=ttyS0 quiet', tar: 'none' },
  });
  const size = (part: string): number => statSync(`${base}-${part}`).size;
  expect(size('kernel') + size('initrd.img')).toBeLessThan(goal);
  await using machine = new Machine([base]);
  await machine.waitFor(/ booted in .*1 service running/);
  expect(machine.console).not.toContain('***');
  expect(await machine.powerOff()).toBe(0);
});
