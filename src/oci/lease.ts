// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, type FileLock } from './file-lock.ts';
import { makeFolders } from './folders.ts';
import { formatIdentity, livenessOf, ownIdentity, parseIdentity } from './process-identity.ts';
import { errnoOf } from './store-error.ts';

/** After this long the lease of a process that cannot be asked (another PID namespace) no longer counts. */
const unknownLeaseMs = 24 * 3600 * 1000;

const held = new Set<string>();

/**
 * Announces that this process uses the cache until it exits, so that `cache clean` in another process takes away nothing
 * that a build has just found or not yet tagged. Waits while a clean is under way. A cache that cannot be written needs no
 * lease: nobody can clean it either.
 *
 * Builder: write the lease, then look at the clean lock. Cleaner: take the lock, then look at the leases. Whatever the
 * order, one of the two sees the other.
 */
export async function leaseCache(cache: string, signal: AbortSignal): Promise<void> {
  if (held.has(cache)) {
    return;
  }
  const path = leasePath(cache);
  try {
    makeFolders(leaseFolder(cache));
    writeFileSync(path, formatIdentity(ownIdentity()));
  } catch {
    return;
  }
  if (held.size === 0) {
    process.once('exit', endLeases);
  }
  held.add(cache);
  if (statSync(cleanLock(cache), { throwIfNoEntry: false }) !== undefined) {
    const lock = await acquireLock(cleanLock(cache), { signal });
    lock[Symbol.dispose]();
  }
}

/** Process ids of others that use the cache now. Removes what dead ones left. */
export function otherLeases(cache: string): readonly number[] {
  const alive: number[] = [];
  for (const name of leaseNames(cache)) {
    const path = join(leaseFolder(cache), name);
    const pid = leaseHolder(path);
    if (pid === undefined) {
      rmSync(path, { force: true });
    } else if (path !== leasePath(cache)) {
      alive.push(pid);
    }
  }
  return alive;
}

/** Taken by whoever removes things from the cache; builds wait for it before they start. */
export function lockForCleaning(cache: string, signal: AbortSignal): Promise<FileLock> {
  return acquireLock(cleanLock(cache), { signal, timeoutMs: 60_000 });
}

function endLeases(): void {
  for (const cache of held) {
    rmSync(leasePath(cache), { force: true });
  }
}

function leaseHolder(path: string): number | undefined {
  try {
    const { mtimeMs } = statSync(path);
    const identity = parseIdentity(readFileSync(path, 'latin1'));
    if (identity === undefined) {
      return Date.now() - mtimeMs < 1000 ? 0 : undefined;
    }
    const liveness = livenessOf(identity);
    const counts = liveness === 'alive' || (liveness === 'unknown' && Date.now() - mtimeMs < unknownLeaseMs);
    return counts ? identity.pid : undefined;
  } catch {
    return undefined;
  }
}

function leaseNames(cache: string): readonly string[] {
  try {
    return readdirSync(leaseFolder(cache));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

function leaseFolder(cache: string): string {
  return join(cache, 'leases');
}

function leasePath(cache: string): string {
  const { pid, start } = ownIdentity();
  return join(leaseFolder(cache), `${pid}-${start}`);
}

function cleanLock(cache: string): string {
  return join(cache, 'clean.lock');
}
