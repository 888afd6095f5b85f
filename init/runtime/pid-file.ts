// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { nameOf, parentOf } from '../container/path.ts';
import { step } from '../container/step.ts';
import { errnoOf } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';

/**
 * Writes a pid as conmon and others read it, without a newline, and at once: whoever waits for the file finds all of it. The
 * folder may be one where others make files, such as /tmp: the file is made anew, never written through a link or into a fifo.
 */
export function writePidFile(sys: Sys, path: string, pid: number): void {
  const temporary = `${parentOf(path)}/.${nameOf(path)}`;
  step(`write the pid file ${path}`, () => {
    removeIfPresent(sys, temporary);
    const fd = sys.openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644);
    try {
      sys.write(fd, sys.encodeUtf8(String(pid)));
    } finally {
      sys.close(fd);
    }
    sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, path, 0);
  });
}

/** Of a runtime that was killed one may be left. */
function removeIfPresent(sys: Sys, path: string): void {
  try {
    sys.unlinkat(AT_FDCWD, path, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
