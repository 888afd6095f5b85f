// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { throwIfInterrupted } from './interruption.ts';

/**
 * Runs `work` for each item, at most `limit` at once, and returns the results in the order of the items. The first failure
 * aborts the signal that the others were given; they are waited for, so that nothing goes on behind the error.
 */
export async function mapParallel<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const queue = [...items].entries();
  const results: Result[] = [];
  const failed = new AbortController();
  const combined = AbortSignal.any([signal, failed.signal]);
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failure !== undefined) {
        return;
      }
      try {
        throwIfInterrupted(signal);
        results[index] = await work(item, combined);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (failure !== undefined) {
    throw failure.error;
  }
  return results;
}
