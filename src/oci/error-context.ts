// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/** Puts the outer act before an error's message; everything else of it stays. Interruptions and bugs pass as they are. */
export function inContext(act: string, error: unknown): unknown {
  if (!(error instanceof TskitError) || error.code === 'interrupted') {
    return error;
  }
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new TskitError(error.code, `${act}: ${error.message}`, { ...hint, cause: error });
}
