// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { formatTable } from '../../../../init/runtime/table.ts';

test('columns are as wide as their longest cell and three spaces more, and not narrower than asked', () => {
  const rows = [
    ['ID', 'STATUS', 'OWNER'],
    ['longer', 7, 'root'],
  ];
  expect(formatTable(rows, 5)).toBe('ID       STATUS   OWNER\nlonger   7        root\n');
  expect(formatTable(rows, 12)).toBe('ID          STATUS      OWNER\nlonger      7           root\n');
  expect(formatTable([], 5)).toBe('');
});
