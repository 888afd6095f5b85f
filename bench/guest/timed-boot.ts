// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tskit } from '../../test/support/cli.ts';
import { ConsoleProcess } from '../../test/support/console-process.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { GuestClock } from './boot.ts';

const program = 'qemu-system-x86_64';
const started = 'bench: the machine starts';
const limitMs = 300_000;
/** Of tskit's PID 1, or of the bench's own. */
const ready = /^\[ *([0-9.]+)\] (\*\*\* )?tskit: (?:degraded: )?booted in .*|^bench: ready ([0-9.]+)$/m;

/** Seconds from QEMU's start to ready, by the host's clock, and from the kernel's start, by the guest's. */
export interface TimedBoot {
  readonly host: number;
  readonly guest: number;
}

/**
 * Boots with `tskit run ARGS` until all is up, and kills the machine. New disks that the arguments name are made in a folder of the
 * run's own; QEMU is that of `searched`. A system with an entry that failed is an error that shows its console.
 */
export async function timedBoot(
  args: readonly string[],
  clock: GuestClock,
  searched: string = process.env['PATH'] ?? '',
): Promise<TimedBoot> {
  using folder = temporaryFolder();
  const path = markingQemu(folder.path, searched, clock === 'instructions' ? '-icount shift=1,sleep=off' : '');
  const words = args.map((word, at) => (args[at - 1] === '--disk' ? join(folder.path, word) : word));
  const env = { PATH: [path, searched].join(delimiter) };
  await using machine = new ConsoleProcess(tskit, ['run', '--accel', 'tcg', ...words], env);
  await machine.waitFor(new RegExp(started), limitMs);
  const start = performance.now();
  const [line, stamp, trouble, mark] = await machine.waitFor(ready, limitMs);
  const host = (performance.now() - start) / 1000;
  if (trouble !== undefined)
    throw new Error(`expected a boot in which nothing fails, found ${line}\n${machine.console}`);
  return { host, guest: Number(stamp ?? mark) };
}

/** A folder with a QEMU that says when it starts, and gets more arguments. */
function markingQemu(parent: string, searched: string, extra: string): string {
  const folder = join(parent, 'path');
  mkdirSync(folder);
  const real = execFileSync('sh', ['-c', `command -v ${program}`], {
    encoding: 'utf8',
    env: { PATH: searched },
  }).trim();
  const script = `#!/bin/sh\necho '${started}'\nexec ${real} "$@" ${extra}\n`;
  writeFileSync(join(folder, program), script, { mode: 0o755 });
  return folder;
}
