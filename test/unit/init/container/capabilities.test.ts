// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { allCapabilities, capabilityMasks } from '../../../../init/container/capabilities.ts';

describe('capability sets as masks', () => {
  test('each name is the bit of its number', () => {
    const masks = capabilityMasks(
      { bounding: ['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_CHECKPOINT_RESTORE'] },
      allCapabilities,
      fail,
    );
    expect(masks.bounding).toBe((1n << 0n) | (1n << 21n) | (1n << 40n));
    expect([masks.permitted, masks.inheritable, masks.effective, masks.ambient]).toEqual([0n, 0n, 0n, 0n]);
  });

  test('without a list there are none', () => {
    expect(Object.values(capabilityMasks(undefined, allCapabilities, fail))).toEqual([0n, 0n, 0n, 0n, 0n]);
  });

  test('what is unknown, cannot be granted or does not fit is left out with a warning', () => {
    const warnings: string[] = [];
    const masks = capabilityMasks(
      { permitted: ['CAP_KILL', 'CAP_SETUID', 'CAP_X'], effective: ['CAP_CHOWN'], ambient: ['CAP_KILL'] },
      1n << 5n,
      (text) => warnings.push(text),
    );
    expect(masks).toMatchObject({ permitted: 1n << 5n, effective: 0n, ambient: 0n });
    expect(warnings).toEqual([
      'capability "CAP_SETUID" is left out of the permitted set: it cannot be granted here',
      'capability "CAP_X" is left out of the permitted set: it is not known',
      'capability "CAP_CHOWN" is left out of the effective set: it is not in the permitted set',
      "can't raise ambient capability CAP_KILL: it is not both permitted and inheritable",
    ]);
  });
});

function fail(text: string): never {
  throw new Error(`unexpected warning: ${text}`);
}
