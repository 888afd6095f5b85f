// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';

/** A variable of the runtime's own environment. */
export function environment(sys: Sys, name: string): string | undefined {
  const start = `${name}=`;
  return sys
    .environ()
    .find((entry) => entry.startsWith(start))
    ?.slice(start.length);
}
