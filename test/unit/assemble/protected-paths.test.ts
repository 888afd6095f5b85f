// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { withProtectedPaths } from '../../../src/assemble/protected-paths.ts';

describe('paths that are kept from a service', () => {
  test('memory, keys and firmware are masked, and what changes the kernel is read-only', () => {
    const { maskedPaths, readonlyPaths } = withProtectedPaths({});
    expect(maskedPaths).toEqual(expect.arrayContaining(['/proc/kcore', '/proc/keys', '/sys/firmware']));
    expect(readonlyPaths).toEqual(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sysrq-trigger', '/proc/sys']);
  });

  test('who may configure the network may set its sysctls, and no others', () => {
    const { readonlyPaths } = withProtectedPaths({ capabilities: ['CAP_NET_ADMIN'] });
    expect(readonlyPaths).toContain('/proc/sys/kernel');
    expect(readonlyPaths).not.toContain('/proc/sys');
    expect(readonlyPaths?.filter((path) => path.startsWith('/proc/sys/net'))).toEqual([]);
  });

  test.each([['all'], ['ALL']])('capabilities: [%s] keeps nothing from it', (all) => {
    expect(withProtectedPaths({ capabilities: [all] })).toEqual({ capabilities: [all] });
  });

  test('its own lists stand, each by itself, and an empty one asks for nothing', () => {
    const settings = withProtectedPaths({ maskedPaths: [] });
    expect(settings.maskedPaths).toEqual([]);
    expect(settings.readonlyPaths).toContain('/proc/sys');
    expect(withProtectedPaths({ readonlyPaths: ['/etc'] }).readonlyPaths).toEqual(['/etc']);
  });
});
