// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

const gibibyte = 2 ** 30;
const defaultLimit = 8 * gibibyte;
/** Real layers pack 2 to 5 times smaller; past the first GiB, more than this is made to fill disks. */
const maxRatio = 250;
const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: gibibyte, T: 2 ** 40 };

export const limitVariable = 'TSKIT_LAYER_LIMIT';

/**
 * How many bytes a layer may unpack to, holes of sparse files included: 8 GiB, and past the first GiB not more than 250
 * times what is stored. TSKIT_LAYER_LIMIT (bytes, or with K, M, G or T) replaces both.
 * @throws TskitError `usage` when the variable is not a size.
 */
export function layerLimit(storedSize: number, env: NodeJS.ProcessEnv): number {
  const text = env[limitVariable];
  if (text === undefined || text === '') {
    return Math.min(defaultLimit, Math.max(gibibyte, maxRatio * storedSize));
  }
  const [, digits, unit] = /^([0-9]{1,15})([KMGT]?)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new TskitError('usage', `${limitVariable}: expected a size such as 16G, found "${text}"`);
  }
  return Number(digits) * (units[unit ?? ''] ?? 1);
}

/** Enough for any distribution with all its packages; each entry costs about half a kilobyte of memory. */
const maxEntries = 1_000_000;

/** Throws `size` when a tree was given more entries than one has; `what` is it: "the image". */
export function checkEntries(entries: number, what: string): void {
  if (entries <= maxEntries) return;
  throw new TskitError('size', `${what} has more than ${maxEntries} entries`);
}

/** What a layer says that goes over its limit. */
export function overLimit(what: string, limit: number): TskitError {
  return new TskitError('size', `${what}, expected at most ${limit} bytes`, {
    hint: `if the image is to be trusted, set ${limitVariable}=16G (or what it needs) in the environment`,
  });
}
