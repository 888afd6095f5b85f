// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TskitError } from '../errors.ts';
import { interruptionOf } from './interruption.ts';
import { formatIdentity, livenessOf, ownIdentity, parseIdentity } from './process-identity.ts';
import { errnoOf, storeError } from './store-error.ts';

const heartbeatMs = 20_000;
/** A holder that cannot be asked (another PID namespace, unreadable text) counts as dead after this long without a heartbeat. */
const silenceMs = 3 * heartbeatMs;
const pollMs = { first: 5, most: 200 } as const;

export interface FileLock extends Disposable {
  /** Throws when somebody took the lock for stale: called right before a step that must not be done by two. */
  assertHeld(): void;
}

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Give up after this many milliseconds; absent: wait as long as the holder lives. */
  readonly timeoutMs?: number;
  /** Called once when somebody else holds the lock, with a description of who. */
  readonly onWait?: (holder: string) => void;
}

/**
 * Takes an exclusive lock, a file created with O_EXCL, and waits for its holder. Node has no flock(2), so a lock whose
 * holder died is recognised by process identity, renamed away and removed.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<FileLock> {
  const deadline = options.timeoutMs === undefined ? Infinity : Date.now() + options.timeoutMs;
  let delay: number = pollMs.first;
  let told = false;
  const content = `${formatIdentity(ownIdentity())}${randomUUID()}\n`;
  while (!tryCreate(path, content)) {
    if (removeIfStale(path)) {
      continue;
    }
    if (Date.now() > deadline) {
      throw new TskitError('store', `waiting for the lock "${path}": still held by ${holderOf(path)}`, {
        hint: 'end the other process, or remove the file when nothing uses the cache',
      });
    }
    if (!told) {
      told = true;
      options.onWait?.(holderOf(path));
    }
    try {
      await sleep(delay, undefined, { signal: options.signal });
    } catch {
      throw interruptionOf(options.signal);
    }
    delay = Math.min(delay * 2, pollMs.most);
  }
  return holdLock(path, content);
}

function tryCreate(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') {
      return false;
    }
    throw storeError('creating the lock', path, error);
  }
}

function holdLock(path: string, content: string): FileLock {
  const heartbeat = setInterval(() => touch(path), heartbeatMs).unref();
  const isOurs = (): boolean => readText(path) === content;
  return {
    assertHeld() {
      if (!isOurs()) {
        throw new TskitError('store', `the lock "${path}" was taken over by another process`, { hint: 'run it again' });
      }
    },
    [Symbol.dispose]() {
      clearInterval(heartbeat);
      if (isOurs()) {
        unlinkSync(path);
      }
    },
  };
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The lock is gone: assertHeld says so where it matters.
  }
}

/** Whether the lock is free now because its holder was dead. */
function removeIfStale(path: string): boolean {
  const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) {
    return true;
  }
  const content = readText(path);
  if (!isStale(content, mtimeMs)) {
    return false;
  }
  // Of several processes that see the same stale file, rename lets one win. A slower one may catch the winner's fresh lock
  // instead: it notices by the content and puts it back (link fails when a third one has locked meanwhile; assertHeld covers that).
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return true;
    }
    throw storeError('removing the stale lock', path, error);
  }
  if (readText(aside) !== content) {
    putBack(aside, path);
  }
  unlinkSync(aside);
  return true;
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      throw storeError('restoring the lock', path, error);
    }
  }
}

function isStale(content: string, mtimeMs: number): boolean {
  const identity = parseIdentity(content);
  const liveness = identity === undefined ? 'unknown' : livenessOf(identity);
  return liveness === 'dead' || (liveness === 'unknown' && Date.now() - mtimeMs > silenceMs);
}

function holderOf(path: string): string {
  const identity = parseIdentity(readText(path));
  return identity === undefined ? 'an unknown process' : `process ${identity.pid}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
