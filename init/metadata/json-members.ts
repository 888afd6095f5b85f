// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Reading of JSON that a provider sent: what has another shape than expected counts as absent.

import { type Json, type JsonLimits, parseJson } from '../json.ts';

const limits: JsonLimits = { size: 8 * 1024 * 1024, depth: 64 };

/** Of an answer's text; throws when it is no JSON, with what was asked. The text itself is never in the message. */
export function readJson(text: string, what: string): Json {
  try {
    return parseJson(text, limits);
  } catch {
    throw new Error(`${what}: expected JSON, found ${text.length} characters of something else`);
  }
}

/** What is at a path of keys and indices; undefined when it is not there, or null. */
export function member(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.hasOwn(at, step) ? (at as Readonly<Record<string | number, Json>>)[step] : undefined;
  }
  return at ?? undefined;
}

/** The members of a list; none of anything else. */
export function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The values of an object; none of anything else. */
export function values(value: Json | undefined): readonly Json[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [];
}

/** Text that is not empty. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
