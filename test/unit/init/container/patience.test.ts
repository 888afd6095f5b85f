// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { atMost, forEver, isReadyWithin } from '../../../../init/container/patience.ts';
import type { Sys } from '../../../../init/sys.ts';

const fd = 7;

/** A descriptor that can be read from that second on; the clock goes on by what is waited. */
function machine(readyAt: number) {
  const at = { seconds: 0, epolls: 0 };
  const sys = {
    clockGettime: () => at.seconds * 1e9,
    epollCreate: () => {
      at.epolls += 1;
      return 9;
    },
    epollCtl: () => undefined,
    close: () => {
      at.epolls -= 1;
    },
    epollWait: (_: number, milliseconds: number) => {
      const until = at.seconds + milliseconds / 1000;
      at.seconds = Math.max(at.seconds, Math.min(until, readyAt));
      return at.seconds >= readyAt ? [{ fd, events: 1 }] : [];
    },
  };
  return { at, sys: sys as Partial<Sys> as Sys };
}

describe('waiting for a process', () => {
  test.each([
    [0, true],
    [19.9, true],
    [20.1, false],
    [Infinity, false],
  ])('that answers after %d s is over after 20 s at the latest', (readyAt, isReady) => {
    const { at, sys } = machine(readyAt);
    expect(isReadyWithin(sys, fd, 20)).toBe(isReady);
    expect(at).toEqual({ seconds: Math.min(readyAt, 20), epolls: 0 });
  });

  test('takes that long for all its answers together, and says what may be the matter', () => {
    const { at, sys } = machine(Infinity);
    const wait = atMost(sys, 20);
    at.seconds = 15;
    expect(() => wait(fd)).toThrow(/did not come so far within 20 s: a file system that it needs may hang/);
    expect(at.seconds).toBe(20);
  });

  test('may be left to whoever asks next', () => {
    expect(forEver(fd)).toBeUndefined();
  });
});
