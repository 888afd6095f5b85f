// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/** What an aborted signal stands for: its reason when that is one of our errors, else Ctrl-C. */
export function interruptionOf(signal: AbortSignal): TskitError {
  return signal.reason instanceof TskitError ? signal.reason : new TskitError('interrupted', 'interrupted');
}

/** Throws when the signal is aborted. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw interruptionOf(signal);
  }
}
