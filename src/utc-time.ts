// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** "2026-01-02T03:04:05Z" (RFC 3339) of whole seconds since 1970: how OCI images and SPDX documents say when they were made. */
export function utcTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
