// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { openPreserved } from '../container/descriptors.ts';
import type { Sys } from '../sys.ts';
import { UsageError } from './arguments.ts';
import type { Log } from './log.ts';

/**
 * The descriptors that the program is to keep, of so many from 3 on: as crun, those that are not open are left out, with a
 * warning. To be called before anything is opened. Throws UsageError.
 */
export function preservedDescriptors(sys: Sys, count: number, log: Log): readonly number[] {
  if (count < 0) throw new UsageError(`expected 0 or more after "--preserve-fds", found "${count}"`);
  const open = openPreserved(sys, count);
  if (open.length < count) log.warn(`of ${count} descriptors to preserve ${count - open.length} are not open`);
  return open;
}
