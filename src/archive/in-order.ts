// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Works on several items at the same time and yields the results in the items' order. The next item is asked for as soon as a
 * place is free, so an item must keep its bytes.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  places: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for (const item of items) {
    const result = work(item);
    // A failure is noticed when its turn comes, not as a rejection that nobody handles.
    result.catch(() => {});
    pending.push(result);
    if (pending.length < places) continue;
    const first = pending.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of pending) yield await result;
}
