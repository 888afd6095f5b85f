// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { stringifyJson } from '../json.ts';

/**
 * Raised whenever the same inputs assemble to other trees, so that no segment of an earlier version is taken for one of
 * this.
 */
const assemblerVersion = 2;

/** A tree's key: SHA-256 in hex over what it is made of (JSON values; contents by their own hashes). */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(stringifyJson([assemblerVersion, ...parts]))
    .digest('hex');
}

/** SHA-256 of the bytes, in hex. */
export function hashOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
