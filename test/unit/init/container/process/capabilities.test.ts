// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { allCapabilities, capabilityMasks } from '../../../../../init/container/process/capabilities.ts';

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

  test('what is unknown, cannot be granted or does not fit is left out, with one warning for each of these', () => {
    const warnings: string[] = [];
    const masks = capabilityMasks(
      {
        bounding: ['CAP_SETUID', 'CAP_X'],
        permitted: ['CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_X'],
        effective: ['CAP_FOWNER', 'CAP_SETUID', 'CAP_KILL'],
        ambient: ['CAP_KILL', 'CAP_CHOWN'],
      },
      (1n << 0n) | (1n << 3n) | (1n << 5n),
      (text) => warnings.push(text),
    );
    expect(masks).toMatchObject({ permitted: (1n << 0n) | (1n << 5n), effective: 1n << 5n, ambient: 0n });
    expect(warnings).toEqual([
      'unknown capabilities are left out: CAP_X',
      'capabilities that cannot be granted here are left out: CAP_SETUID, CAP_SETGID',
      'capabilities that are not permitted are left out of the effective set: CAP_FOWNER',
      "can't raise ambient capability CAP_KILL, CAP_CHOWN: not both permitted and inheritable",
    ]);
  });
});

function fail(text: string): never {
  throw new Error(`unexpected warning: ${text}`);
}
