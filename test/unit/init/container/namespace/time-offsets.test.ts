// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { offsetLines } from '../../../../../init/container/namespace/time-offsets.ts';

describe('time offsets', () => {
  test('are one line a clock, with all digits, and nothing for none', () => {
    expect(offsetLines({ monotonic: { secs: -9_007_199_254_740_993n }, boottime: { nanosecs: 999_999_999 } })).toBe(
      'monotonic -9007199254740993 0\nboottime 0 999999999\n',
    );
    expect(offsetLines()).toBe('');
  });

  test.each([
    [{ realtime: { secs: 1 } }, 'expected the clock monotonic or boottime, found "realtime"'],
    [{ boottime: { nanosecs: 1_000_000_000 } }, 'linux.timeOffsets.boottime.nanosecs: expected 0 to 999999999'],
    [{ boottime: { nanosecs: -1 } }, 'linux.timeOffsets.boottime.nanosecs: expected 0 to 999999999'],
  ])('%j are refused', (offsets, message) => {
    expect(() => offsetLines(offsets)).toThrow(message);
  });
});
