// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';

/** What a call on a descriptor that does not block came to: its result; that it would have blocked; or that it failed. */
export function attempt(call: () => number): number | 'later' | 'failed' {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'EAGAIN' ? 'later' : 'failed';
  }
}
