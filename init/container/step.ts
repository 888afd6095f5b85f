// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';

/**
 * Runs one step of making a container. What it throws comes out as an Error whose message starts with `act` and ends in
 * the evidence: "mount proc on /proc: EPERM", or "mount tmpfs on /dev: fsconfig: EINVAL" when the failing system call is
 * not the act's own word. Steps nest; the outermost act comes first.
 */
export function step<T>(act: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${act}: ${evidenceOf(error, act)}`, { cause: error });
  }
}

function evidenceOf(error: unknown, act: string): string {
  const errno = errnoOf(error);
  if (errno !== undefined) {
    const syscall = error instanceof Error && 'syscall' in error ? String(error.syscall) : '';
    return syscall === '' || act.startsWith(syscall) ? errno : `${syscall}: ${errno}`;
  }
  return error instanceof Error ? error.message : String(error);
}
