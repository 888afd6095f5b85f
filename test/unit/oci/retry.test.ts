// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { Retries, retrying, TransientError } from '../../../src/oci/retry.ts';

const never = new AbortController().signal;
const policy = { attempts: 3, firstWaitMs: 1, mostWaitMs: 1000 };

describe('retries', () => {
  it('end with the result of the first try that succeeds', async () => {
    let count = 0;
    const result = await retrying(new Retries(policy, never), 'asking', async () => {
      count += 1;
      if (count < 3) {
        throw new TransientError('busy');
      }
      return count;
    });
    expect(result).toBe(3);
  });

  it('end after as many tries as allowed, with the last reason', async () => {
    let count = 0;
    const trying = retrying(new Retries(policy, never), 'asking', async () => {
      count += 1;
      throw new TransientError(`busy ${count}`);
    });
    await expect(trying).rejects.toMatchObject({ code: 'network', message: 'asking: busy 3, 3 times in a row' });
  });

  it('are not made for a failure that lasts', async () => {
    let count = 0;
    const trying = retrying(new Retries(policy, never), 'asking', async () => {
      count += 1;
      throw new Error('wrong digest');
    });
    await expect(trying).rejects.toThrow('wrong digest');
    expect(count).toBe(1);
  });

  it('are counted anew after progress', async () => {
    const retries = new Retries(policy, never);
    for (let count = 0; count < 10; count += 1) {
      await retries.next(new TransientError('cut'), 'reading');
      retries.reset();
    }
    await retries.next(new TransientError('cut'), 'reading');
    await retries.next(new TransientError('cut'), 'reading');
    await expect(retries.next(new TransientError('cut'), 'reading')).rejects.toThrow('3 times in a row');
  });

  it('refuse to wait longer than is reasonable', async () => {
    const error = new TransientError('429', { waitMs: 5000 });
    await expect(new Retries(policy, never).next(error, 'asking')).rejects.toThrow('asks to wait for 5 seconds');
  });

  it('say why they wait', async () => {
    const told: string[] = [];
    await new Retries(policy, never).next(new TransientError('cut'), 'reading', (text) => void told.push(text));
    expect(told).toEqual(['retry 1 of 2: cut']);
  });

  it('stop waiting on an interruption', async () => {
    const controller = new AbortController();
    const waiting = new Retries({ ...policy, firstWaitMs: 10_000, mostWaitMs: 60_000 }, controller.signal).next(
      new TransientError('cut'),
      'x',
    );
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  });
});
