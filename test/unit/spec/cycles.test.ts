// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { findCycles } from '../../../src/spec/cycles.ts';
import { Random } from '../../support/mutation.ts';

type Graph = readonly (readonly number[])[];

function cyclesOf(graph: Graph): readonly (readonly number[])[] {
  return findCycles(graph.length, (node) => graph[node] ?? []);
}

test.each<[string, Graph, readonly (readonly number[])[]]>([
  ['nothing', [], []],
  ['a chain', [[1], [2], []], []],
  ['a diamond', [[1, 2], [3], [3], []], []],
  ['a pair', [[1], [0]], [[0, 1]]],
  ['a node of its own', [[0], []], [[0]]],
  ['a ring with a short cut', [[1], [2], [3, 0], [0]], [[0, 1, 2]]],
  [
    'two rings',
    [[1], [0], [3], [2]],
    [
      [2, 3],
      [0, 1],
    ],
  ],
])('of %s', (_, graph, cycles) => {
  expect(
    cyclesOf(graph)
      .map((cycle) => cycle.join(' '))
      .toSorted(),
  ).toEqual(cycles.map((cycle) => cycle.join(' ')).toSorted());
});

test('of a chain of a hundred thousand there are none, and the stack suffices', () => {
  const length = 100_000;
  expect(findCycles(length, (node) => (node + 1 < length ? [node + 1] : []))).toEqual([]);
});

/** Nodes that can be reached from `start`, by the matrix: another way than the one under test. */
function reachable(graph: Graph): readonly (readonly boolean[])[] {
  const reach = graph.map((targets) => graph.map((_, node) => targets.includes(node)));
  for (const [middle] of graph.entries())
    for (const row of reach)
      if (row[middle] === true) for (const [to] of graph.entries()) row[to] ||= reach[middle]?.[to] === true;
  return reach;
}

describe('of a thousand random graphs', () => {
  test('each cycle is one, and there is one for each set of nodes that reach each other', () => {
    let cyclic = 0;
    for (let seed = 1; seed <= 1000; seed += 1) {
      const random = new Random(seed);
      const count = 1 + random.below(12);
      const graph = Array.from({ length: count }, () =>
        Array.from({ length: random.below(3) }, () => random.below(count)),
      );
      const found = cyclesOf(graph);
      for (const cycle of found) {
        for (const [index, node] of cycle.entries())
          expect(graph[node], `seed ${seed}`).toContain(cycle[(index + 1) % cycle.length]);
        expect(new Set(cycle).size).toBe(cycle.length);
      }
      const reach = reachable(graph);
      const onCycle = graph.flatMap((_, node) => (reach[node]?.[node] === true ? [node] : []));
      const sets = new Set(
        onCycle.map((node) => onCycle.filter((other) => reach[node]?.[other] && reach[other]?.[node]).join()),
      );
      expect(found.length, `seed ${seed}`).toBe(sets.size);
      if (found.length > 0) cyclic += 1;
    }
    expect(Math.min(cyclic, 1000 - cyclic)).toBeGreaterThan(100);
  });
});
