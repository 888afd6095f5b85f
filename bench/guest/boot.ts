// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawn } from 'node:child_process';

const tskit = new URL('../../bin/tskit', import.meta.url).pathname;
const attempts = 3;
/** Of a console that did not come to its end, the last characters. */
const shownCharacters = 4000;
const memoryMiB = 512;

/**
 * What the guest's clock follows. `instructions`: 2 ns for each one that the guest executes, and when it waits the clock is
 * at once at its next timer, so that the same boot takes the same time on any machine, however busy. `host`: the host's time.
 */
export type GuestClock = 'instructions' | 'host';

/** Seconds since the kernel started, as the guest's own clock has them. */
export interface BootTimes {
  /** The kernel executed PID 1. */
  readonly exec: number;
  /** PID 1 began to write its first line. */
  readonly firstLine: number;
  /** The service answered. */
  readonly answering: number;
  /** Everything that was printed until then. */
  readonly console: string;
}

/**
 * Boots what `tskit run BASE` would boot, with the same arguments, until the service answers. A boot that does not come so far
 * is told and repeated: on a busy host an emulated guest may lose its timer and stand still.
 */
export async function boot(base: string, clock: GuestClock): Promise<BootTimes> {
  const text = await bootUntil(base, clock, /guest-boot: answering \S+\s/);
  return {
    exec: secondsAfter(text, /guest-boot: exec /),
    firstLine: secondsAfter(text, /guest-boot: first-line |(?=\[ *[0-9.]+\] tskit: init )\[ */),
    answering: secondsAfter(text, /guest-boot: answering /),
    console: text,
  };
}

/** Boots until the console matches, which is returned; at most `minutes`. */
export async function bootUntil(
  base: string,
  clock: GuestClock,
  pattern: RegExp,
  { minutes = 1, mebibytes = memoryMiB }: { minutes?: number; mebibytes?: number } = {},
): Promise<string> {
  const args = ['run', '--quiet', '--accel', 'tcg', '--mem', String(mebibytes), '--print', base];
  const command = execFileSync(tskit, args, { encoding: 'utf8' }).trim();
  const icount = clock === 'instructions' ? ' -icount shift=1,sleep=off' : '';
  return await consoleOf(`exec ${command}${icount}`, pattern, minutes * 60_000);
}

function secondsAfter(text: string, mark: RegExp): number {
  const found = new RegExp(`(?:${mark.source})([0-9]+\\.[0-9]+)`).exec(text)?.[1];
  if (found === undefined)
    throw new Error(`expected ${String(mark)} on the console, found:\n${text.slice(-shownCharacters)}`);
  return Number(found);
}

async function consoleOf(command: string, pattern: RegExp, limitMs: number): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await consoleUntil(command, pattern, limitMs);
    } catch (error) {
      if (attempt === attempts) throw error;
      console.error(`boot repeated: ${(error as Error).message}`);
    }
  }
}

/** Runs a machine until its console matches, then ends it. */
async function consoleUntil(command: string, pattern: RegExp, limitMs: number): Promise<string> {
  const machine = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const limit = setTimeout(() => machine.kill('SIGKILL'), limitMs);
  let text = '';
  try {
    for await (const chunk of machine.stdout) {
      text += String(chunk).replaceAll('\r', '');
      if (pattern.test(text)) return text;
    }
    throw new Error(
      `the machine ended, or took longer than ${limitMs / 1000} s, before ${String(pattern)}:\n${text.slice(-shownCharacters)}`,
    );
  } finally {
    clearTimeout(limit);
    machine.kill('SIGKILL');
  }
}
