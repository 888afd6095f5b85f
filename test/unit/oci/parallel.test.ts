// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapParallel } from '../../../src/oci/parallel.ts';

const never = new AbortController().signal;

describe('work in parallel', () => {
  it('keeps the order of the items and never does more than the limit at once', async () => {
    let now = 0;
    let most = 0;
    const results = await mapParallel([30, 1, 20, 1, 10], 2, never, async (item) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(item);
      now -= 1;
      return item * 2;
    });
    expect(results).toEqual([60, 2, 40, 2, 20]);
    expect(most).toBe(2);
  });

  it('stops the others on a failure, waits for them, and reports the first', async () => {
    const ended: string[] = [];
    const working = mapParallel(['fails', 'waits', 'never starts'], 2, never, async (item, signal) => {
      if (item === 'fails') {
        await sleep(5);
        throw new Error('first');
      }
      await sleep(10_000, undefined, { signal }).catch(() => undefined);
      ended.push(item);
      throw new Error('second');
    });
    await expect(working).rejects.toThrow('first');
    expect(ended).toEqual(['waits']);
  });

  it('does not start after an interruption', async () => {
    const controller = new AbortController();
    controller.abort();
    const working = mapParallel([1], 1, controller.signal, async () => 1);
    await expect(working).rejects.toMatchObject({ code: 'interrupted' });
  });
});
