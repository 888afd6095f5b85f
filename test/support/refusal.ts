// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ErrorCode, TskitError } from '../../src/errors.ts';

/** The message of the TskitError with `code` that `act` throws; fails when it throws anything else or nothing. */
export function refusalOf(code: ErrorCode, act: () => unknown): string {
  let accepted: unknown;
  try {
    accepted = act();
  } catch (error) {
    if (error instanceof TskitError && error.code === code) return error.message;
    throw error;
  }
  throw new Error(`expected an error, got ${JSON.stringify(accepted)?.slice(0, 200)}`);
}
