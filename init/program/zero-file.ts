// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_TRUNC, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';

const chunkSize = 1024 ** 2;

/**
 * Makes a file of zeros. All of it is written, so that it has no holes and a full disk shows now; under another name, so that it is
 * whole or not there. Throws Failure.
 */
export function makeZeroFile(sys: Sys, path: string, size: number): void {
  const temporary = `${path}.new`;
  try {
    const fd = sys.openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600);
    try {
      const chunk = new Uint8Array(chunkSize);
      for (let left = size; left > 0; ) left -= sys.write(fd, left < chunkSize ? chunk.subarray(0, left) : chunk);
      sys.fsync(fd);
    } finally {
      sys.close(fd);
    }
    sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, path, 0);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    removeIfPresent(sys, temporary);
    throw new Failure(
      `making "${path}" of ${size} bytes: ${describeError(error)}`,
      errnoOf(error) === 'ENOSPC' ? 'its file system has not as much room' : undefined,
    );
  }
}

function removeIfPresent(sys: Sys, path: string): void {
  try {
    sys.unlinkat(AT_FDCWD, path, 0);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
