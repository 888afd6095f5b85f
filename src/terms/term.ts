// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * One fact about a container in the words of a spec: `setting` is the key that a spec has for it ("capabilities", "env"),
 * `key` says which element of it ("CAP_CHOWN", "PATH"; empty for a setting of one value), `value` what that is (empty where
 * being there is all: a capability).
 */
export interface Term {
  readonly setting: string;
  readonly key: string;
  readonly value: string;
}

/** The same for equal terms. */
export function termId({ setting, key, value }: Term): string {
  return JSON.stringify([setting, key, value]);
}

/** "CAP_CHOWN", "PATH=/bin", "/proc: proc …": a term beside the name of its setting. */
export function termText({ setting, key, value }: Term): string {
  if (key === '') return value;
  if (value === '') return key;
  return setting === 'env' ? `${key}=${value}` : `${key}: ${value}`;
}
