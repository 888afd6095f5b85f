// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findExecutable } from '../container/process/executable.ts';
import { AT_EMPTY_PATH, SIGCHLD } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { endingOf, exitCodeOf } from '../ending.ts';

/**
 * What the host's ps(1) prints with these options, of those processes only: its headings, one of which must be PID, and their
 * lines. Throws an Error when there is no ps, or it fails, with its words.
 */
export function listByPs(sys: Sys, options: readonly string[], pids: readonly number[]): string {
  const [headings = '', ...lines] = outputOf(sys, options).split('\n');
  const column = headings.trim().split(/\s+/).indexOf('PID');
  if (column < 0) throw new Error(`ps ${options.join(' ')}: expected a column PID, found "${headings}"`);
  const own = lines.filter((line) => pids.includes(Number(line.trim().split(/\s+/)[column])));
  return [headings, ...own].map((line) => `${line}\n`).join('');
}

function outputOf(sys: Sys, options: readonly string[]): string {
  const file = findExecutable(sys, 'ps', sys.environ());
  const output = sys.memfdCreate('ps', 0);
  try {
    const { pid } = sys.clone3({ flags: 0, exitSignal: SIGCHLD });
    if (pid === 0) return become(sys, file, options, output);
    const code = exitCodeOf(endingOf(sys.wait4(pid, 0).status));
    const text = contentOf(sys, output);
    if (code !== 0) throw new Error(`ps ${options.join(' ')}: ended with exit code ${code} and wrote "${text.trim()}"`);
    return text;
  } finally {
    sys.close(output);
  }
}

function become(sys: Sys, file: string, options: readonly string[], output: number): never {
  try {
    for (const fd of [1, 2]) sys.dup3(output, fd, 0);
    return sys.execve(file, ['ps', ...options], sys.environ());
  } finally {
    sys.exit(127);
  }
}

function contentOf(sys: Sys, fd: number): string {
  const bytes = new Uint8Array(sys.statx(fd, '', AT_EMPTY_PATH).size);
  return sys.decodeUtf8(bytes.subarray(0, sys.pread(fd, bytes, 0)));
}
