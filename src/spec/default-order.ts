// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Whether an entry runs in LinuxKit's order (an onboot entry after the one before it, a service after all of onboot) rather than
 * after what it names: when it names nothing, or only what may be missing and is. `wanted` are the names that it has, undefined
 * without the key; `found` are those of them that there are.
 */
export function hasDefaultOrder(wanted: readonly unknown[] | undefined, found: readonly unknown[]): boolean {
  return wanted === undefined || (wanted.length > 0 && found.length === 0);
}
