// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TskitError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { writeFileAtomically } from '../oci/atomic-file.ts';
import { errnoOf } from '../oci/store-error.ts';
import { validateLock } from './generated/validate-lock.js';

/** Where the lock of a spec is: beside it, one for all specs of a folder. */
export function lockPath(specFile: string): string {
  return join(dirname(specFile), 'tskit.lock');
}

/** The lock beside a spec, when there is one. Throws `lock` with every mistake in it. */
export async function readLock(specFile: string): Promise<Lock | undefined> {
  const path = lockPath(specFile);
  let text: string;
  try {
    // A pipe would be waited for, and a device without an end read for ever.
    if (!statSync(path).isFile())
      throw new TskitError('lock', `reading "${path}": expected a file, found something else`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TskitError) throw error;
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new TskitError('lock', `reading "${path}": ${error instanceof Error ? error.message : String(error)}`);
  }
  const value = parseJson(text);
  if (validateLock(value)) return value as Lock;
  const { explainLock } = await import('./explain.ts');
  throw explainLock(text, path);
}

/** Writes the lock beside a spec, sorted, so that the same pins are always the same bytes. Throws `lock`. */
export function writeLock(specFile: string, lock: Lock): void {
  const path = lockPath(specFile);
  try {
    writeFileAtomically(path, formatLock(lock));
  } catch (error) {
    const { cause } = error as Error;
    throw new TskitError('lock', `writing "${path}": ${cause instanceof Error ? cause.message : String(error)}`, {
      hint: 'tskit.lock lies beside the spec: its folder must be writable',
      cause: error,
    });
  }
}

/** JSON with one line a package, so that a changed version is one changed line. */
export function formatLock(lock: Lock): string {
  const sorted = { version: lock.version, images: sortKeys(lock.images), recipes: sortKeys(lock.recipes) };
  const text = JSON.stringify(sorted, undefined, 2);
  return `${text.replaceAll(/\{\n\s+"name": [^{}]*\}/g, (entry) => entry.replaceAll(/\s*\n\s*/g, ' '))}\n`;
}

/** Both levels: references, and platforms within. */
function sortKeys<T>(map: Readonly<Record<string, Readonly<Record<string, T>>>>): Record<string, Record<string, T>> {
  return sortEntries(Object.entries(map).map(([key, inner]) => [key, sortEntries(Object.entries(inner))] as const));
}

function sortEntries<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
