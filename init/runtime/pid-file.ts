// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { nameOf, parentOf } from '../container/path.ts';
import { step } from '../container/step.ts';
import { writeText } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Writes a pid as conmon and others read it, without a newline, and at once: whoever waits for the file finds all of it. */
export function writePidFile(sys: Sys, path: string, pid: number): void {
  const temporary = `${parentOf(path)}/.${nameOf(path)}`;
  step(`write the pid file ${path}`, () => {
    writeText(sys, temporary, String(pid), 0o644);
    sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, path, 0);
  });
}
