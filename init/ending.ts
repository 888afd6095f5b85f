// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = { readonly code: number } | { readonly signal: number };

/** Of a raw wait status (wait(2), WIFEXITED and WTERMSIG). */
export function endingOf(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { code: (status >> 8) & 0xff } : { signal };
}

/** As shells and other runtimes give it: 128 and the signal that ended the process. */
export function exitCodeOf(ending: Ending): number {
  return 'code' in ending ? ending.code : 128 + ending.signal;
}
