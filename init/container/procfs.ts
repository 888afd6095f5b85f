// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, O_CLOEXEC, O_PATH, PROC_SUPER_MAGIC } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

/**
 * Opens the runtime's own /proc and checks that it is one: a file that only looks like one of the kernel's would take a
 * label or a sysctl and do nothing with it (CVE-2019-16884). The caller closes it.
 */
export function openProcfs(sys: Sys): number {
  const fd = step('open /proc', () => sys.openat(AT_FDCWD, '/proc', O_PATH | O_CLOEXEC, 0));
  if (sys.fstatfs(fd).type === PROC_SUPER_MAGIC) return fd;
  sys.close(fd);
  throw new Error('open /proc: expected a proc file system, found another one');
}
