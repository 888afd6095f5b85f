// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hash } from 'node:crypto';
import type { DiffId, Digest } from './types.ts';

const sha256Pattern = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a digest that the store can hold: `sha256:` and 64 lower-case hex digits. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && sha256Pattern.test(text);
}

/** The same for the digest of an uncompressed layer. */
export function isDiffId(text: unknown): text is DiffId {
  return typeof text === 'string' && sha256Pattern.test(text);
}

/** The 64 hex digits of a digest. */
export function hexOf(digest: Digest | DiffId): string {
  return digest.slice('sha256:'.length);
}

/** The first 12 hex digits, for progress labels; never for comparison. */
export function shortHex(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array): Digest {
  return digestFromHex(hash('sha256', bytes, 'hex'));
}

/** From 64 hex digits, as a hash object gives them. */
export function digestFromHex(hex: string): Digest {
  return `sha256:${hex}` as Digest;
}
