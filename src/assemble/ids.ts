// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { ImageSpec, Spec } from '../spec/types.ts';

/** Numeric ids that a container's name stands for in `uid`, `gid` and `additionalGids`. */
export type Ids = ReadonlyMap<string, number>;

/** LinuxKit's first id; below are those that distributions give to system users. */
const firstId = 100;
/** uid_t is 32 bits, and its last value means "no change" to chown(2) and setresuid(2). */
export const maxId = 0xfffffffe;

/**
 * Each entry in order of onboot, onshutdown, services takes the next id; of several with one name the last one's is
 * meant.
 */
export function allocateIds(spec: Spec): Ids {
  const entries: readonly ImageSpec[] = [...spec.onboot, ...spec.onshutdown, ...spec.services];
  return new Map(entries.map((entry, index) => [entry.name, firstId + index]));
}

/** `field` is for the message. Absent and "root" are 0. */
export function numericId(id: number | string | undefined, ids: Ids, field: string): number {
  if (id === undefined || id === '' || id === 'root') return 0;
  const number = typeof id === 'number' ? id : ids.get(id);
  if (number === undefined) {
    throw new TskitError('spec', `${field}: expected a number, "root" or a container's name, found "${id}"`, {
      hint: ids.size === 0 ? 'this spec names no containers' : `containers of this spec: ${[...ids.keys()].join(', ')}`,
    });
  }
  if (!Number.isInteger(number) || number < 0 || number > maxId) {
    throw new TskitError('spec', `${field}: expected an id from 0 to ${maxId}, found ${number}`);
  }
  return number;
}
