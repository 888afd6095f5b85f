// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; an error when it does not within the limit. */
export async function until(what: string, holds: () => boolean, limitMs = 20_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > limit) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await sleep(10);
  }
}
