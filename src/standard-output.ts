// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { fstatSync, writeSync } from 'node:fs';
import { TskitError } from './errors.ts';

const standardOutput = 1;
let streaming = false;

/**
 * Writes to standard output by the system call: `process.stdout` takes a tenth of a short command's time to open. The stream
 * takes over for good once the other side is slow and is not waited for.
 *
 * @throws TskitError 'io' when it cannot be written; ends the process when the reader is gone
 */
export function writeOut(output: string | Uint8Array): void {
  const bytes = typeof output === 'string' ? Buffer.from(output) : output;
  let written = 0;
  try {
    if (!streaming) while (written < bytes.length) written += writeSync(standardOutput, bytes, written);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EAGAIN') throw outputError(error as NodeJS.ErrnoException);
    streaming = true;
  }
  if (written < bytes.length) process.stdout.write(bytes.subarray(written));
}

/** Major number of /dev/null and its like (Linux, devices.txt). */
const memoryDevices = 1;

/** Whether a terminal shows standard output. What cannot be one is told without `process.stdout`, /dev/null too. */
export function outputIsTerminal(): boolean {
  const stats = fstatSync(standardOutput);
  return stats.isCharacterDevice() && stats.rdev >> 8 !== memoryDevices && process.stdout.isTTY;
}

/** Whether styles are wanted there (https://no-color.org). */
export function outputIsColored(): boolean {
  return !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb' && outputIsTerminal();
}

/** What to report when standard output cannot be written. Ends the process where the reader went away, as `| head` does. */
export function outputError(error: NodeJS.ErrnoException): TskitError {
  if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(process.exitCode ?? 0);
  return new TskitError('io', `writing to standard output: ${error.message}`);
}

/** Whether nothing waits to be written. */
export function outputIsWritten(): boolean {
  return !streaming || process.stdout.writableLength === 0;
}
