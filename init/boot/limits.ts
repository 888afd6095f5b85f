// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { RLIM_INFINITY, RLIMIT_NOFILE, RLIMIT_NPROC } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** The kernel's default for fs.nr_open, which no limit may exceed. */
const openFiles = 1048576n;

/** Raises the limits that containers inherit, as LinuxKit's init does; a container's own rlimits override them. */
export function raiseLimits(sys: Sys): void {
  sys.prlimit(0, RLIMIT_NOFILE, openFiles, openFiles);
  sys.prlimit(0, RLIMIT_NPROC, RLIM_INFINITY, RLIM_INFINITY);
}
