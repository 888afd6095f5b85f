// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readText } from '../../files.ts';
import type { Sys } from '../../sys.ts';

/** Whether the runtime is not the host's root: another user, or root of a user namespace (user_namespaces(7)). */
export function isRootless(sys: Sys): boolean {
  return sys.geteuid() !== 0 || !/^\s*0\s+0\s+4294967295\s*$/.test(readText(sys, '/proc/self/uid_map'));
}

/** Whether a system call was refused for want of rights, or since the hierarchy is mounted read-only. */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(cause) ?? '')) return true;
  return false;
}
