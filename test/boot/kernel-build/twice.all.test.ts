// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedCache } from '../../support/boot-build.ts';
import { runTskit, startTskit } from '../../support/cli.ts';
import { buildReducedKernel, writeReducedFragment } from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

/** Programs that work in a folder or below. */
function programsIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

/** What unfinished builds have left; who builds one holds a lock, whose file stays. */
function leftIn(cache: string): readonly string[] {
  return readdirSync(join(cache, 'tmp')).filter((name) => !name.endsWith('.lock'));
}

test('a kernel is the same bytes from another folder, and an interruption on the way leaves neither programs nor files', async () => {
  using folder = temporaryFolder();
  const cache = join(folder.path, 'another/much/deeper/cache');
  const fragment = writeReducedFragment(folder.path);
  const first = await buildReducedKernel(fragment, sharedCache);
  cpSync(join(sharedCache, 'apt'), join(cache, 'apt'), { recursive: true });

  const args = ['kernel', 'build', '--tiny', '--config', fragment, '--cache', cache];
  const interrupted = startTskit(args, { limitMs: 1_500_000 });
  const compiles = () => programsIn(join(cache, 'tmp')).length > 2;
  await until('compilers work', compiles, 600_000);
  interrupted.kill('SIGINT');
  const { exitCode, stderr } = await interrupted.ended;
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('interrupted by SIGINT\nhint: no image was written')]);
  expect(programsIn(cache)).toEqual([]);
  expect(leftIn(cache)).toEqual([]);

  const second = await buildReducedKernel(fragment, cache);
  expect([second.cached, second.digest]).toEqual([false, first.digest]);
}, 3_600_000);

test('options that Kconfig drops stop a build, each with its line and the reason', async () => {
  using folder = temporaryFolder();
  const fragment = join(folder.path, 'lost.config');
  writeFileSync(fragment, 'CONFIG_64BIT=y\nCONFIG_BPF_LSM=y\nCONFIG_RANDOM_TRUST_CPU=y\n');
  const args = ['kernel', 'build', '--tiny', '--config', fragment, '--config-only', '--cache', sharedCache];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 1_500_000 });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${fragment}:2: CONFIG_BPF_LSM: expected y, found n: BPF_EVENTS is not set`);
  expect(stderr).toContain(
    `${fragment}:3: CONFIG_RANDOM_TRUST_CPU: expected y, found n: this kernel has no such option`,
  );
}, 1_800_000);
