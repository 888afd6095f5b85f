// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/**
 * Starts a daemon that listens on a socket of the file system, its output in a log file.
 * @returns what ends it: SIGTERM, and the wait for its end
 */
export async function startDaemon(
  command: string,
  args: readonly string[],
  { socket, log }: { readonly socket: string; readonly log: string },
): Promise<AsyncDisposable> {
  const output = openSync(log, 'w');
  const child = spawn(command, args, { stdio: ['ignore', output, output] });
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  const closed = new Promise<void>((resolve) => void child.once('close', resolve));
  try {
    await until(`${command} listens`, () => {
      if (child.exitCode !== null)
        throw new Error(`${command} ended with ${child.exitCode}: ${readFileSync(log, 'utf8')}`);
      return existsSync(socket);
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      process.off('exit', kill);
      kill();
      await closed;
    },
  };
}
