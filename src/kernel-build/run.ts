// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TskitError } from '../errors.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';

/** How many of its last lines a failed program is quoted with. */
const quotedLines = 12;

export interface Run {
  /** What is being done, for messages: "compiling the kernel". */
  readonly act: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly input?: Readable;
  /** Called for each line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** What make of a kernel's source is run with, and nothing else of the user's: PATH alone decides which programs it finds. */
export function fixedEnvironment(epoch: number): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(epoch),
  };
}

/**
 * Runs a program that starts others to its end, at low priority: such a build takes long, and somebody works beside it. It has a process
 * group of its own, so that an interruption ends all that it started; only then this returns.
 * @throws TskitError `package` with its last lines when it fails, `interrupted`
 */
export async function runGroup(program: string, args: readonly string[], run: Run): Promise<void> {
  throwIfInterrupted(run.signal);
  const child = spawn(program, args, {
    cwd: run.cwd,
    env: run.env,
    stdio: [run.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const end = (): void => endGroup(child.pid);
  run.signal.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  const complaints: string[] = [];
  try {
    lowerPriority(child.pid);
    if (child.stdout === null || child.stderr === null) throw new Error('spawn gave no pipes');
    createInterface({ input: child.stdout }).on('line', (line) => run.onLine?.(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      complaints.push(line);
      if (complaints.length > quotedLines) complaints.shift();
    });
    // A program that gives up stops reading: what it says explains more than the broken pipe.
    if (run.input !== undefined && child.stdin !== null) pipeline(run.input, child.stdin).catch(() => {});
    const failure = await new Promise<string | undefined>((resolve) => {
      let error: string | undefined;
      child.once('error', ({ message }) => {
        error = message;
      });
      child.once('close', (code, killedBy) =>
        resolve(error ?? (code === 0 ? undefined : code === null ? `ended by ${killedBy}` : `exit code ${code}`)),
      );
    });
    if (run.signal.aborted) throw interruptionOf(run.signal);
    if (failure !== undefined) throw failed(program, run.act, failure, complaints);
  } finally {
    run.signal.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

function failed(program: string, act: string, failure: string, complaints: readonly string[]): TskitError {
  const isFull = complaints.some((line) => line.includes('No space left on device'));
  return new TskitError(isFull ? 'store' : 'package', [`${act}: ${program}: ${failure}`, ...complaints].join('\n'), {
    hint: isFull
      ? 'a build needs about 3 GB: free some space with `tskit cache clean`, or choose another folder with --cache'
      : 'the last lines above say what went wrong',
  });
}

/** SIGTERM to the whole group: compilers remove what they have begun. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended of itself.
  }
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A niceness that is lower already stays.
  }
}
