// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../../../src/oci/file-lock.ts';
import { formatIdentity, livenessOf, ownIdentity } from '../../../src/oci/process-identity.ts';

const never = new AbortController().signal;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a file lock', () => {
  it('is held by one at a time, and is gone afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      using _lock = await acquireLock(path, { signal: never });
      inside += 1;
      most = Math.max(most, inside);
      await sleep(2);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that is dead, also when its id was given to another', async () => {
    for (const identity of [
      { ...ownIdentity(), pid: 4_194_303 },
      { ...ownIdentity(), start: '1' },
    ]) {
      expect(livenessOf(identity)).toBe('dead');
      writeFileSync(path, `${formatIdentity(identity)}token\n`);
      using lock = await acquireLock(path, { signal: never, timeoutMs: 1000 });
      lock.assertHeld();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from one that cannot be asked only when it has long been silent', async () => {
    const foreign = { ...ownIdentity(), namespace: 'pid:[1]' };
    writeFileSync(path, `${formatIdentity(foreign)}token\n`);
    await expect(acquireLock(path, { signal: never, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining(`still held by process ${foreign.pid}`),
    });
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    using lock = await acquireLock(path, { signal: never, timeoutMs: 1000 });
    lock.assertHeld();
  });

  it('notices that somebody else has taken it, and leaves that one alone', async () => {
    const lock = await acquireLock(path, { signal: never });
    writeFileSync(path, 'somebody else');
    expect(() => lock.assertHeld()).toThrow('was taken over by another process');
    lock[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is not waited for after an interruption', async () => {
    using _lock = await acquireLock(path, { signal: never });
    const controller = new AbortController();
    const waiting = acquireLock(path, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('tells once who is waited for', async () => {
    const lock = await acquireLock(path, { signal: never });
    const told: string[] = [];
    const waiting = acquireLock(path, { signal: never, onWait: (holder) => void told.push(holder) });
    await sleep(50);
    lock[Symbol.dispose]();
    (await waiting)[Symbol.dispose]();
    expect(told).toEqual([`process ${process.pid}`]);
  });
});
