// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { beforeAll, expect, test } from 'vitest';
import { buildNativeTests, runUnit } from '../support/native.ts';

interface Figures {
  readonly kind: string;
  /** A second. */
  readonly megabytes: number;
  /** KiB of memory. */
  readonly grown: number;
  /** How late a timer was at worst. */
  readonly lateMs: number;
}

beforeAll(buildNativeTests);

test('a container that writes as fast as it can neither makes who keeps its log grow nor keeps it from other things', () => {
  const { code, stdout, stderr } = runUnit('test', 'log-flood');
  expect([code, stderr]).toEqual([0, '']);
  console.log(stdout);
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figures);
  expect(figures.map(({ kind }) => kind)).toEqual(['file', 'memory', 'json', 'rate']);
  for (const { kind, grown, lateMs } of figures) {
    expect(grown, kind).toBeLessThan(1024);
    expect(lateMs, kind).toBeLessThan(500);
  }
});
