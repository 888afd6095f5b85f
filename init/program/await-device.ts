// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC } from '../linux.ts';
import { UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';

const variable = 'DISK_TIMEOUT';
const pause = 200e6;

/** How many seconds to wait for a device: what DISK_TIMEOUT says, else 10. Throws UsageError. */
export function deviceSeconds(sys: Sys): number {
  const setting = sys.environ().findLast((one) => one.startsWith(`${variable}=`));
  if (setting === undefined) return 10;
  const text = setting.slice(variable.length + 1);
  if (!/^[0-9]{1,6}$/.test(text)) throw new UsageError(`expected seconds in ${variable}, found "${text}"`);
  return Number(text);
}

/** Looks again and again until there is something or the time is over; at least once. */
export function awaitDevice<T>(sys: Sys, seconds: number, look: () => T | undefined): T | undefined {
  const end = sys.clockGettime(CLOCK_MONOTONIC) + seconds * 1e9;
  for (;;) {
    const found = look();
    if (found !== undefined || sys.clockGettime(CLOCK_MONOTONIC) >= end) return found;
    sys.nanosleep(pause);
  }
}
