// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Where a container finds a secret whose `target`, or else name, this is. */
export function secretPathIn(target: string): string {
  return target.startsWith('/') ? target : `/run/secrets/${target}`;
}
