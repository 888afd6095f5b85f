// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { TskitError } from '../errors.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { errnoOf } from '../oci/store-error.ts';

export interface ToolOptions {
  /** Ends the program when aborted. */
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptor that takes standard output instead of the result. */
  readonly stdout?: number;
  /** Called for each line that the program writes to its file descriptor 3. */
  readonly onStatus?: (line: string) => void;
}

/** What a program left behind; a code other than 0 is for the caller to explain. */
export interface ToolResult {
  /** Null when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where the programs that recipes need come from, when they are missing. */
const packagesOf: Readonly<Record<string, string>> = { 'apt-get': 'apt', 'apt-cache': 'apt', 'dpkg-deb': 'dpkg' };

/** Runs one program to its end, messages in English. Throws `package` when it is not installed and what the signal says when aborted. */
export async function runTool(name: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  throwIfInterrupted(options.signal);
  const child = spawn(name, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env, LC_ALL: 'C.UTF-8', LANGUAGE: 'C' },
    stdio: ['ignore', options.stdout ?? 'pipe', 'pipe', options.onStatus === undefined ? 'ignore' : 'pipe'],
    signal: options.signal,
  });
  // Settled at "close" even after an abort: what the program writes to is about to be removed.
  const ended = new Promise<number | null>((resolve, reject) => {
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.once('close', (code) => (failure === undefined ? resolve(code) : reject(failure)));
  });
  const status = child.stdio[3] as Readable | null;
  if (status !== null && status !== undefined && options.onStatus !== undefined) {
    createInterface({ input: status }).on('line', options.onStatus);
  }
  try {
    const [code, stdout, stderr] = await Promise.all([
      ended,
      child.stdout === null ? Buffer.alloc(0) : buffer(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
    ]);
    return { code, stdout, stderr };
  } catch (error) {
    if (options.signal.aborted) throw interruptionOf(options.signal);
    if (errnoOf(error) === 'ENOENT') throw missing(name, error);
    throw new TskitError('package', `starting ${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function missing(name: string, cause: unknown): TskitError {
  return new TskitError('package', `starting ${name}: not found in PATH`, {
    hint: `run \`apt-get install ${packagesOf[name] ?? name}\`; recipes are built with Debian's own tools`,
    cause,
  });
}
