// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What config.json may ask for here. Keys that the specification has and that are not built are refused by name: a container
// that lacks a restriction it was configured with must not start.

import type { RuntimeConfig } from '../contract/runtime-config.ts';

/** Members of `linux`; an empty object asks for nothing. */
const unsupported: readonly string[] = ['intelRdt'];

/** Throws an Error that names the first key which is known but not supported yet. */
export function refuseUnsupported({ linux = {} }: RuntimeConfig): void {
  const members = linux as Readonly<Record<string, unknown>>;
  const found = unsupported.find((key) => Object.keys(members[key] ?? {}).length > 0);
  if (found !== undefined) throw new Error(`config.json: linux.${found} is not supported yet`);
}
