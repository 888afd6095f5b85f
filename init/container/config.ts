// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What config.json may ask for here. Keys that the specification has and that are not built are refused by name: a container
// that lacks a restriction it was configured with must not start.

import type { RuntimeConfig } from '../contract.ts';

/** What asks for something (isAsked) means refused; paths in config.json. */
const unsupported: readonly string[] = ['linux.intelRdt'];

/** Throws an Error that names the first key which is known but not supported yet. */
export function refuseUnsupported(config: RuntimeConfig): void {
  const found = unsupported.find((path) => isAsked(valueAt(config, path)));
  if (found !== undefined) throw new Error(`config.json: ${found} is not supported yet`);
}

function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}

/** Nothing is asked for by what is empty or switched off, nor by the limits 0 (not set) and -1 (none). */
function isAsked(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  if (typeof value === 'number') return value > 0;
  return value !== undefined && value !== null && value !== '' && value !== false;
}
