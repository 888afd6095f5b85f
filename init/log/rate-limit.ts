// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC } from '../linux.ts';
import type { CancelTimer, Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';

/** Lets so many lines through within a time. */
export interface RateLimit {
  /** The first of these lines, as many as may pass. */
  admit(lines: readonly string[]): readonly string[];
  /** Tells now what was left out. */
  end(): void;
}

/** `tell` gets the number of lines that were left out, once for each time in which there were some. */
export function createRateLimit(
  sys: Sys,
  loop: Loop,
  { lines: most, seconds }: { readonly lines: number; readonly seconds: number },
  tell: (count: number) => void,
): RateLimit {
  let begin = -Infinity;
  let passed = 0;
  let leftOut = 0;
  let cancel: CancelTimer | undefined;

  function startAnew(): void {
    begin = sys.clockGettime(CLOCK_MONOTONIC);
    passed = 0;
  }

  function end(): void {
    cancel?.();
    cancel = undefined;
    const count = leftOut;
    leftOut = 0;
    startAnew();
    if (count > 0) tell(count);
  }

  return {
    admit(lines) {
      const left = seconds - (sys.clockGettime(CLOCK_MONOTONIC) - begin) / 1e9;
      if (left <= 0 && cancel === undefined) startAnew();
      const admitted = lines.slice(0, most - passed);
      passed += admitted.length;
      if (admitted.length < lines.length) {
        leftOut += lines.length - admitted.length;
        cancel ??= loop.after(left > 0 ? left : seconds, end);
      }
      return admitted;
    },
    end,
  };
}
