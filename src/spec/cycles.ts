// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Of a large set a cycle that is nearly the shortest will do. */
const mostStarts = 100;

/**
 * Cycles of a graph whose nodes are the numbers below `count`, one, and of the shortest, for each set of nodes that can all be reached
 * from each other. A cycle lists its nodes in the order of the edges, from the smallest.
 */
export function findCycles(
  count: number,
  edgesOf: (node: number) => readonly number[],
): readonly (readonly number[])[] {
  return components(count, edgesOf).flatMap((component) => {
    const members = new Set(component);
    const starts = component.toSorted((a, b) => a - b).slice(0, mostStarts);
    const cycles = starts.map((start) => shortestCycle(start, members, edgesOf));
    const found = cycles.flatMap((cycle) => (cycle === undefined ? [] : [cycle]));
    const shortest = found.toSorted((a, b) => a.length - b.length)[0];
    return shortest === undefined ? [] : [shortest];
  });
}

/** The way back to `start` inside of `members`, breadth first. */
function shortestCycle(
  start: number,
  members: ReadonlySet<number>,
  edgesOf: (node: number) => readonly number[],
): readonly number[] | undefined {
  const cameFrom = new Map<number, number>();
  let edge: readonly number[] = [start];
  while (edge.length > 0) {
    const next: number[] = [];
    for (const node of edge) {
      for (const target of edgesOf(node)) {
        if (target === start) return wayTo(node, start, cameFrom);
        if (!members.has(target) || cameFrom.has(target)) continue;
        cameFrom.set(target, node);
        next.push(target);
      }
    }
    edge = next;
  }
  return undefined;
}

function wayTo(end: number, start: number, cameFrom: ReadonlyMap<number, number>): readonly number[] {
  const way = [end];
  for (let node = end; node !== start; ) {
    node = cameFrom.get(node) ?? start;
    way.unshift(node);
  }
  return way;
}

/** Strongly connected components (Tarjan), without recursion: a chain of a thousand entries is no reason to overflow. */
function components(count: number, edgesOf: (node: number) => readonly number[]): readonly (readonly number[])[] {
  const order = new Map<number, number>();
  const low: number[] = [];
  const stack: number[] = [];
  const onStack = new Set<number>();
  const found: number[][] = [];
  for (let root = 0; root < count; root += 1) {
    if (order.has(root)) continue;
    const open: { readonly node: number; readonly targets: Iterator<number> }[] = [];
    const enter = (node: number): void => {
      low[node] = order.size;
      order.set(node, order.size);
      stack.push(node);
      onStack.add(node);
      open.push({ node, targets: edgesOf(node)[Symbol.iterator]() });
    };
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { node, targets } = top;
      const { done, value: target } = targets.next();
      if (done !== true) {
        if (!order.has(target)) enter(target);
        else if (onStack.has(target)) low[node] = Math.min(low[node] ?? 0, order.get(target) ?? 0);
        continue;
      }
      open.pop();
      const above = open.at(-1)?.node;
      if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[node] ?? 0);
      if (low[node] !== order.get(node)) continue;
      const members = stack.splice(stack.lastIndexOf(node));
      for (const member of members) onStack.delete(member);
      found.push(members);
    }
  }
  return found;
}
