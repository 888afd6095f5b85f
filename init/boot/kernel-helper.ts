// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { makeFolder, writeValue } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** A name of ours that no image's file is at, and that argv[0] tells the unit "modprobe" by. */
const helper = '/run/tskit/modprobe';

/** Makes this binary the program that the kernel runs when it wants a module (Documentation/admin-guide/sysctl/kernel.rst, modprobe). */
export function serveModuleRequests(sys: Sys): void {
  makeFolder(sys, '/run/tskit', 0o755);
  sys.symlinkat('/init', AT_FDCWD, helper);
  writeValue(sys, '/proc/sys/kernel/modprobe', helper);
}
