// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { partsOf } from '../../../../init/control/boot-path.ts';
import { describeBoot } from '../../../../init/control/boot-text.ts';
import { someBoot } from '../../../support/boot-times.ts';

test('a boot is told by its phases, its entries and the chain that its end hung on', () => {
  const units = someBoot.units.filter(({ id }) => id !== 'services/late');
  expect(describeBoot({ ...someBoot, units })).toBe(`kernel 1.000 s, init 0.500 s, entries 3.500 s

NAME             READY    STARTING  THEN             UP AT
onboot/000-disk  1.500 s  0.100 s   ended 0.400 s    2.000 s
onboot/001-dhcp  2.000 s  0.100 s   ended 0.400 s    2.500 s
services/db      2.500 s  0.250 s   healthy 1.250 s  4.000 s
services/web     4.000 s  0.250 s   healthy 0.750 s  5.000 s
services/<log>   2.500 s  0.500 s   -                3.000 s

critical path:
  onboot/000-disk: 0.500 s until ended
  onboot/001-dhcp: 0.500 s until ended
  services/db: 1.500 s until healthy
  services/web: 1.000 s until healthy
`);
});

test('one that is not over says so, and what waits', () => {
  const { bootedAt: _, ...unfinished } = someBoot;
  const units = someBoot.units.map((unit) => (unit.id === 'services/<log>' ? { ...unit, endedAt: undefined } : unit));
  const text = describeBoot({ ...unfinished, units: units as typeof someBoot.units });
  expect(text).toContain('init 0.500 s, entries still on their way\n');
  expect(text).toMatch(/services\/late +- +- +waits +-\n/);
});

test('what came later than the end of the boot, or beside it, is not on the path', () => {
  const critical = partsOf(someBoot).filter(({ isCritical }) => isCritical);
  expect(critical.map(({ unit }) => unit.id)).toEqual([
    'onboot/000-disk',
    'onboot/001-dhcp',
    'services/db',
    'services/web',
  ]);
});

test('a system without entries has no path', () => {
  expect(describeBoot({ version: 1, initAt: 1, entriesAt: 2, bootedAt: 2, units: [] })).toMatch(/critical path:\n$/);
});
