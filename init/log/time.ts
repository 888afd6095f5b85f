// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_REALTIME } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Now, as "2026-11-30T17:05:09.123Z" (RFC 3339). */
export function timeOf(sys: Sys): string {
  return new Date(Math.round(sys.clockGettime(CLOCK_REALTIME) / 1e6)).toISOString();
}
