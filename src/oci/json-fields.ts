// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/** Larger ones are refused unread, as registries do themselves (distribution: 4 MiB of manifest). */
export const documentLimit: number = 4 * 1024 * 1024;

export type Json = Readonly<Record<string, unknown>>;

/** Parses a JSON object of at most {@link documentLimit} bytes. Throws `manifest` with what was found instead. */
export function parseObject(bytes: Uint8Array, subject: string): Json {
  const value = parseJson(bytes, subject);
  if (!isObject(value)) {
    throw unexpected(subject, 'document', 'an object', value);
  }
  return value;
}

/** The same for any JSON value. */
export function parseJson(bytes: Uint8Array, subject: string): unknown {
  if (bytes.length > documentLimit) {
    throw new TskitError('size', `${subject}: expected at most ${documentLimit} bytes, found ${bytes.length}`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new TskitError('manifest', `${subject}: expected JSON, found ${excerpt(bytes)}`, { cause: error });
  }
}

/** Throws `manifest` when the member is there and is not a string. */
export function checkOptionalString(object: Json, key: string, subject: string): void {
  const value = object[key];
  if (value !== undefined && typeof value !== 'string') {
    throw unexpected(subject, key, 'a string', value);
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function isStringRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

/** The error for a field that is not what the specification asks for. */
export function unexpected(subject: string, field: string, expected: string, found: unknown): TskitError {
  return new TskitError('manifest', `${subject}: ${field}: expected ${expected}, found ${show(found)}`);
}

function show(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The beginning of bytes that should have been JSON, printable. */
export function excerpt(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 60)).toString('latin1').replaceAll(/\s+/g, ' ');
  return JSON.stringify(bytes.length > 60 ? `${text}...` : text);
}
