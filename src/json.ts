// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// ES2026 proposal "JSON.parse source text access", in V8 since 11.4; TypeScript's libraries do not declare it yet.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * JSON.stringify, but bigint is written as a number with all its digits: RLIM_INFINITY is 18446744073709551615, not
 * 1.8e19.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === 'bigint' ? rawJSON(item.toString()) : item),
    indent,
  );
}
