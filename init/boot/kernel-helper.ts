// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isPresent, makeFolder, writeValue } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import type { Sys } from '../sys.ts';

const kernelHelper = '/proc/sys/kernel/modprobe';
/** A name of ours that no image's file is at, and that argv[0] tells the unit "modprobe" by. */
const helper = '/run/tskit/modprobe';

/**
 * Makes this binary the program that the kernel runs when it wants a module (Documentation/admin-guide/sysctl/kernel.rst, modprobe). A
 * kernel that has no modules at all (CONFIG_MODULES) wants none.
 */
export function serveModuleRequests(sys: Sys): void {
  makeFolder(sys, '/run/tskit', 0o755);
  if (!isPresent(sys, kernelHelper)) return;
  sys.symlinkat('/init', AT_FDCWD, helper);
  writeValue(sys, kernelHelper, helper);
}
